"""Statements as XRechnung 3.0 in the syntax CII: EN 16931 as German authorities take it.

Business terms (BT-…) are those of EN 16931; drafthorse writes the syntax, KoSIT's rules hold in the tests.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration, TradeParty
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.trade import TradeSettlement
from drafthorse.models.tradelines import LineItem

from services.voucher.domain.party import Party
from services.voucher.domain.price import Vat
from services.voucher.domain.statement import Kind, Line, Side, Statement

MEDIA_TYPE: Final = "application/xml"
_GUIDELINE: Final = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"  # BT-24
_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"  # BT-23
_EURO: Final = "EUR"
_PIECE: Final = "H87"
_SEPA_TRANSFER: Final = "58"
#: BT-3: invoice, credit note, self-billed invoice.
_TYPES: Final = {
    (Side.FUNDER, Kind.INVOICE): "380",
    (Side.FUNDER, Kind.CREDIT_NOTE): "381",
    (Side.PROVIDER, Kind.INVOICE): "389",
    (Side.PROVIDER, Kind.CREDIT_NOTE): "381",
}
#: Schemes of electronic addresses: an e-mail address, a Leitweg-ID.
_EMAIL, _LEITWEG_ID = "EM", "0204"
_SELF_BILLED: Final = "Gutschrift: vom Leistungsempfänger ausgestellt (§ 14 Abs. 2 Satz 5 UStG)."


def xrechnung(statement: Statement) -> bytes:
    """The statement's XML; the same bytes whenever it is asked for."""
    document = Document()
    document.context.business_parameter.id = _PROCESS
    document.context.guideline_parameter.id = _GUIDELINE
    document.header.id = statement.number
    document.header.type_code = _TYPES[statement.side, statement.kind]
    document.header.issue_date_time = statement.issued_on
    for words in _notes(statement):
        note = IncludedNote()
        note.content = words
        document.header.notes.add(note)
    _agree(document, statement)
    document.trade.delivery.event.occurrence = statement.period.last
    for number, line in enumerate(statement.lines, start=1):
        document.trade.items.add(_item(number, line))
    _settle(document.trade.settlement, statement)
    xml: bytes = document.serialize(schema="FACTUR-X_EN16931")
    return xml


def _notes(statement: Statement) -> Sequence[str]:
    programme = f"Förderprogramm {statement.programme_name}, Aktenzeichen {statement.reference}"
    return [programme, _SELF_BILLED] if statement.side is Side.PROVIDER else [programme]


def _agree(document: Document, statement: Statement) -> None:
    agreement = document.trade.agreement
    agreement.buyer_reference = statement.buyer_reference
    _name(agreement.seller, statement.seller, (_EMAIL, statement.seller.email))
    if statement.side is Side.FUNDER:
        _name(agreement.buyer, statement.buyer, (_LEITWEG_ID, statement.buyer_reference))
    else:
        agreement.seller.id = str(statement.tenant_id)  # BT-29: not every provider has a VAT id
        _name(agreement.buyer, statement.buyer, (_EMAIL, statement.buyer.email))


def _name(element: TradeParty, party: Party, electronic_address: tuple[str, str]) -> None:
    element.name = party.name
    element.contact.person_name = party.contact
    element.contact.telephone.number = party.phone
    element.contact.email.address = party.email
    element.address.postcode = party.postcode
    element.address.line_one = party.street
    element.address.city_name = party.city
    element.address.country_id = party.country
    element.electronic_address.uri_ID = electronic_address
    for scheme, value in (("VA", party.vat_id), ("FC", party.tax_number)):
        if value:
            registration = TaxRegistration()
            registration.id = (scheme, value)
            element.tax_registrations.add(registration)


def _item(number: int, line: Line) -> LineItem:
    item = LineItem()
    item.document.line_id = str(number)
    item.product.name = line.title
    if line.offer_id:
        item.product.seller_assigned_id = str(line.offer_id)
    item.agreement.net.amount = _unit_price(line)
    item.delivery.billed_quantity = (Decimal(line.quantity), _PIECE)
    _tax(item.settlement.trade_tax, line.vat, with_reason=False)
    item.settlement.monetary_summation.total_amount = _euros(line.net_cents)
    return item


def _settle(settlement: TradeSettlement, statement: Statement) -> None:
    settlement.currency_code = _EURO
    settlement.payment_reference = statement.number
    means = PaymentMeans()
    means.type_code = _SEPA_TRANSFER
    means.payee_account.iban = statement.seller.iban
    means.payee_account.account_name = statement.seller.name
    settlement.payment_means.add(means)
    for tax in statement.taxes:
        sums = ApplicableTradeTax()
        _tax(sums, tax.vat, with_reason=True)
        sums.calculated_amount = _euros(tax.tax_cents)
        sums.basis_amount = _euros(tax.net_cents)
        settlement.trade_tax.add(sums)
    settlement.period.start = statement.period.first
    settlement.period.end = statement.period.last
    terms = PaymentTerms()
    terms.due = statement.due_on
    settlement.terms.add(terms)
    _sum_up(settlement, statement)
    if statement.corrects:
        settlement.invoice_referenced_document.issuer_assigned_id = statement.corrects


def _sum_up(settlement: TradeSettlement, statement: Statement) -> None:
    sums = settlement.monetary_summation
    sums.line_total = _euros(statement.net_cents)
    sums.charge_total = sums.allowance_total = _euros(0)
    sums.tax_basis_total = _euros(statement.net_cents)
    sums.tax_total = (_euros(statement.tax_cents), _EURO)
    sums.grand_total = _euros(statement.net_cents + statement.tax_cents)
    if statement.rounding_cents:
        sums.rounding_amount = _euros(statement.rounding_cents)
    sums.due_amount = _euros(statement.cents)


def _tax(element: ApplicableTradeTax, vat: Vat, *, with_reason: bool) -> None:
    element.type_code = "VAT"
    element.category_code = "S" if vat.percent else "E"
    element.rate_applicable_percent = Decimal(vat.percent)
    if with_reason and vat.exemption:
        element.exemption_reason = vat.exemption


def _euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _unit_price(line: Line) -> Decimal:
    """Without tax; to six places, so that a line's net is what its pieces cost (BT-146)."""
    price = _euros(line.net_cents) / line.quantity
    return price.quantize(
        Decimal("0.01") if line.net_cents % line.quantity == 0 else Decimal("0.000001")
    )
