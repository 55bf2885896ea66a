"""What leaves as XRechnung is valid by the official rules, and with a field removed it is not."""

import pytest
from defusedxml import ElementTree

from services.voucher.adapters.xrechnung import xrechnung
from services.voucher.domain.statement import Kind, Side
from tests.support.xrechnung import broken_rules
from tests.voucher.billing import COOPERATIVE, SCHOOL, TAXED, line, statement

#: A cent that net and tax cannot say: 3 cents with 19 per cent are 3 + 1 or 2 + 0.
ODD_CENT = 3

VALID = {
    "invoice.xml": statement([line(quantity=2_749), line(9_999, title="Werkstatt")]),
    "taxed.xml": statement([line(9_999, quantity=3, vat=TAXED), line(3_333, quantity=7), line()]),
    "odd-cent.xml": statement([line(ODD_CENT, vat=TAXED)]),
    "credit-note.xml": statement([line()], kind=Kind.CREDIT_NOTE),
    "self-billed.xml": statement([line(13_500, quantity=10)], Side.PROVIDER),
    "self-billed-back.xml": statement([line(13_500)], Side.PROVIDER, Kind.CREDIT_NOTE),
    "no-tax-number.xml": statement([line()], Side.PROVIDER, seller=COOPERATIVE),
}

#: What is taken out of a valid invoice, and the rule that misses it.
REMOVED = {
    "ram:BuyerReference": "BR-DE-15",
    "ram:SellerTradeParty/ram:DefinedTradeContact": "BR-DE-2",
    "ram:SellerTradeParty/ram:PostalTradeAddress/ram:CityName": "BR-DE-3",
    "ram:SellerTradeParty/ram:SpecifiedTaxRegistration": "BR-E-02",
    "ram:BuyerTradeParty/ram:Name": "BR-07",
    "ram:SpecifiedTradeSettlementPaymentMeans": "BR-DE-1",
    "ram:PayeePartyCreditorFinancialAccount": "BR-DE-23-a",
    "ram:ExemptionReason": "BR-E-10",
    "ram:DueDateDateTime": "BR-CO-25",
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """All at once: the rules are read once."""
    whole = xrechnung(VALID["invoice.xml"])
    files = {name: xrechnung(each) for name, each in VALID.items()}
    files |= {f"without-{number}.xml": _without(whole, path) for number, path in enumerate(REMOVED)}
    files["wrong-sum.xml"] = whole.replace(b"412350.00", b"412350.01", 1)
    return broken_rules(files, tmp_path_factory.mktemp("xrechnung"))


@pytest.mark.parametrize("name", VALID)
def test_an_xrechnung_is_valid_by_the_official_rules(judged, name):
    assert judged[name] == []


@pytest.mark.parametrize(
    ("number", "path", "rule"), [(n, *e) for n, e in enumerate(REMOVED.items())]
)
def test_one_with_a_field_removed_is_not(judged, number, path, rule):
    assert any(f"error {rule} " in broken for broken in judged[f"without-{number}.xml"]), (
        path,
        judged[f"without-{number}.xml"],
    )


def test_one_with_a_cent_too_much_is_not(judged):
    assert any("error BR-CO-10 " in broken for broken in judged["wrong-sum.xml"])


def test_the_same_statement_gives_the_same_bytes():
    assert xrechnung(VALID["taxed.xml"]) == xrechnung(VALID["taxed.xml"])


def test_what_is_to_be_paid_is_what_the_ledger_says():
    odd = VALID["odd-cent.xml"]
    assert (odd.cents, abs(odd.rounding_cents)) == (ODD_CENT, 1)
    assert b"<ram:DuePayableAmount>0.03</ram:DuePayableAmount>" in xrechnung(odd)


def test_a_provider_without_a_vat_id_is_named_by_its_tenant():
    assert not SCHOOL.vat_id
    assert b"00000000-0000-0000-0000-000000000048" in xrechnung(VALID["self-billed.xml"])


def _without(xml, path):
    root = ElementTree.fromstring(xml)
    names = {
        "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
    }
    [*parents] = root.iterfind(f".//{path}/..", names)
    assert parents, path
    for parent in parents:
        parent.remove(parent.find(f"ram:{path.rpartition('ram:')[2]}", names))
    return ElementTree.tostring(root)
