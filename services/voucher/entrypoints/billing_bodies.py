"""The bodies of billing: parties, prices and statements. Amounts are gross, in euro cents."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from services.voucher.domain.party import Party, Payer, require_leitweg_id
from services.voucher.domain.period import Period
from services.voucher.domain.price import MAX_CENTS, Price, Vat
from services.voucher.domain.settlement import Bill
from services.voucher.domain.statement import Kind, Line, Side, Statement
from shared.http.fields import Body, Key, Moment, Name, View

Empty = Annotated[str, Field(max_length=0)]


class PartyBody(Body):
    """How invoices name your organisation. Who is to be paid gives an IBAN, and a VAT id or tax number."""

    name: Name
    street: Name
    postcode: Key
    city: Name
    country: Key = "DE"
    contact: Annotated[Name, Field(description="Whom to ask: a person or an office")]
    phone: Key
    email: Key
    vat_id: Key | Empty = ""
    tax_number: Key | Empty = ""
    iban: Key | Empty = ""

    def party(self) -> Party:
        """The party in the domain's words. Raises InvalidPartyError."""
        return Party(**self.model_dump())


class PayerBody(Body):
    """How you want the invoices of a programme."""

    leitweg_id: Annotated[Key, Field(description="Where your authority takes invoices")]
    payment_days: Annotated[int, Field(ge=1, le=365)] = 30

    def payer(self) -> Payer:
        """The payer in the domain's words. Raises InvalidPartyError."""
        require_leitweg_id(self.leitweg_id)
        return Payer(self.leitweg_id, self.payment_days)

    @classmethod
    def of(cls, source: Payer) -> Self:
        """The body that says the same."""
        return cls(leitweg_id=source.reference, payment_days=source.payment_days)


class PriceBody(Body):
    """What a used voucher costs.

    Without `offer_id` it is for all offers that have no price of their own; without `cents` a voucher costs
    what its booking costs, as far as the programme pays.
    """

    title: Annotated[Name, Field(description="What the invoice calls it")]
    valid_from: Moment
    offer_id: UUID | None = None
    cents: Annotated[int, Field(ge=1, le=MAX_CENTS)] | None = None
    vat_percent: Annotated[int, Field(ge=0, le=100)] = 0
    vat_exemption: Annotated[Name, Field(description="The law that exempts it")] | Empty = ""
    fee_per_mille: Annotated[int, Field(ge=0, le=999)] = 0

    def price(self, programme_id: UUID) -> Price:
        """The price in the domain's words. Raises InvalidPriceError."""
        return Price(
            programme_id=programme_id,
            title=self.title,
            valid_from=self.valid_from,
            vat=Vat(self.vat_percent, self.vat_exemption),
            offer_id=self.offer_id,
            cents=self.cents,
            fee_per_mille=self.fee_per_mille,
        )


class PriceView(View):
    """A price that is agreed."""

    title: str
    valid_from: datetime
    offer_id: UUID | None
    cents: int | None
    vat_percent: int
    vat_exemption: str
    fee_per_mille: int

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a price."""
        assert isinstance(source, Price)
        return cls(
            title=source.title,
            valid_from=source.valid_from,
            offer_id=source.offer_id,
            cents=source.cents,
            vat_percent=source.vat.percent,
            vat_exemption=source.vat.exemption,
            fee_per_mille=source.fee_per_mille,
        )


class SettlementBody(Body):
    """Up to which day to settle, and with whom: the funder, or the providers."""

    side: Side
    last_day: Annotated[
        date, Field(description="The last day of the period, by the cooperative's seat")
    ]


class LineView(View):
    """So many vouchers at the same price."""

    title: str
    offer_id: UUID | None
    quantity: int
    unit_cents: int
    cents: int
    net_cents: int
    vat_percent: int

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a line."""
        assert isinstance(source, Line)
        return cls(
            title=source.title,
            offer_id=source.offer_id,
            quantity=source.quantity,
            unit_cents=source.unit_cents,
            cents=source.cents,
            net_cents=source.net_cents,
            vat_percent=source.vat.percent,
        )


class BillView(View):
    """What would be on a statement with a party."""

    tenant_id: UUID
    kind: Kind
    corrects: str | None
    cents: int
    lines: list[LineView]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a bill."""
        assert isinstance(source, Bill)
        lines = [LineView.of(line) for line in source.lines]
        return cls(
            tenant_id=source.tenant_id,
            kind=source.kind,
            corrects=source.corrects,
            cents=sum(line.cents for line in lines),
            lines=lines,
        )


class DueView(View):
    """What a settlement up to a day would put into statements."""

    period_first_day: date
    period_last_day: date
    bills: list[BillView]

    @classmethod
    def due(cls, period: Period, bills: list[BillView]) -> Self:
        """The view of what is due."""
        return cls(period_first_day=period.first, period_last_day=period.last, bills=bills)


class StatementView(View):
    """An invoice or credit note as it was issued; `side` says with whom the cooperative settles by it."""

    statement_id: UUID
    number: str
    tenant_id: UUID
    side: Side
    kind: Kind
    corrects: str | None
    programme_id: UUID
    programme_name: str
    period_first_day: date
    period_last_day: date
    issued_on: date
    due_on: date
    buyer_reference: str
    cents: int
    net_cents: int
    tax_cents: int
    rounding_cents: int
    lines: list[LineView]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a statement."""
        assert isinstance(source, Statement)
        return cls(
            statement_id=source.statement_id,
            number=source.number,
            tenant_id=source.tenant_id,
            side=source.side,
            kind=source.kind,
            corrects=source.corrects,
            programme_id=source.programme_id,
            programme_name=source.programme_name,
            period_first_day=source.period.first,
            period_last_day=source.period.last,
            issued_on=source.issued_on,
            due_on=source.due_on,
            buyer_reference=source.buyer_reference,
            cents=source.cents,
            net_cents=source.net_cents,
            tax_cents=source.tax_cents,
            rounding_cents=source.rounding_cents,
            lines=[LineView.of(line) for line in source.lines],
        )


class StatementsView(View):
    """What a settlement issued."""

    statements: list[StatementView]
