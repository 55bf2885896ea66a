"""What is owed for a period, put into words once and never changed; a later reversal is a credit note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from services.voucher.domain.party import Party
from services.voucher.domain.period import Period
from services.voucher.domain.price import Vat


class Side(StrEnum):
    """With whom the cooperative settles: the funder owes it, and it owes the provider."""

    FUNDER = "funder"
    PROVIDER = "provider"


class Kind(StrEnum):
    """What a statement is. One to a provider is a self-billed invoice (Gutschrift, § 14 Abs. 2 UStG)."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True)
class Line:
    """So many vouchers at the same price; `unit_cents` are gross, `net_cents` those of the whole line."""

    title: str
    offer_id: UUID | None
    vat: Vat
    quantity: int
    unit_cents: int
    net_cents: int

    @property
    def cents(self) -> int:
        """What is owed for the line, with tax."""
        return self.quantity * self.unit_cents


@dataclass(frozen=True, slots=True)
class Tax:
    """What lines of one tax add up to."""

    vat: Vat
    net_cents: int
    tax_cents: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An invoice or credit note of the cooperative with the party `tenant_id`, as it was issued.

    `corrects` is the number of the statement that a credit note takes back a part of.
    """

    tenant_id: UUID
    statement_id: UUID
    side: Side
    kind: Kind
    number: str
    programme_id: UUID
    funder_id: UUID
    programme_name: str
    reference: str
    period: Period
    issued_on: date
    due_on: date
    seller: Party
    buyer: Party
    buyer_reference: str
    lines: Sequence[Line]
    corrects: str | None = None

    @property
    def cents(self) -> int:
        """What is to be paid, or with a credit note paid back: to the cent what the ledger says."""
        return sum(line.cents for line in self.lines)

    @property
    def taxes(self) -> Sequence[Tax]:
        """The lines' taxes, in the order of their rates."""
        return [_tax(vat, lines) for vat, lines in _by_tax(self.lines)]

    @property
    def net_cents(self) -> int:
        """What is owed without tax."""
        return sum(line.net_cents for line in self.lines)

    @property
    def tax_cents(self) -> int:
        """The tax in it."""
        return sum(tax.tax_cents for tax in self.taxes)

    @property
    def rounding_cents(self) -> int:
        """What net and tax lack to what is to be paid: a cent a rate at most (EN 16931, BT-114)."""
        return self.cents - self.net_cents - self.tax_cents


def with_nets(lines: Sequence[Line]) -> Sequence[Line]:
    """Lines with the tax taken out, so that all nets of a rate and its tax add up to what is owed."""
    return [line for _, same in _by_tax(lines) for line in _nets(list(same))]


def _nets(lines: Sequence[Line]) -> Sequence[Line]:
    percent = lines[0].vat.percent
    net = _net(sum(line.cents for line in lines), percent)
    floors = [line.cents * 100 // (100 + percent) for line in lines]
    # The cents that rounding down left go to the lines that lost most by it.
    losses = sorted(
        range(len(lines)), key=lambda at: (-(lines[at].cents * 100 % (100 + percent)), at)
    )
    for at in losses[: net - sum(floors)]:
        floors[at] += 1
    return [
        Line(each.title, each.offer_id, each.vat, each.quantity, each.unit_cents, net_cents)
        for each, net_cents in zip(lines, floors, strict=True)
    ]


def _net(cents: int, percent: int) -> int:
    floor = cents * 100 // (100 + percent)
    return min((floor, floor + 1), key=lambda net: abs(cents - net - tax_of(net, percent)))


def tax_of(net_cents: int, percent: int) -> int:
    """The tax on a net amount, half a cent rounded up."""
    return (net_cents * percent + 50) // 100


def _tax(vat: Vat, lines: Sequence[Line]) -> Tax:
    net = sum(line.net_cents for line in lines)
    return Tax(vat, net, tax_of(net, vat.percent))


def _by_tax(lines: Sequence[Line]) -> Sequence[tuple[Vat, Sequence[Line]]]:
    def key(line: Line) -> tuple[int, str]:
        return (line.vat.percent, line.vat.exemption)

    return [
        (same[0].vat, same)
        for same in map(list, (g for _, g in groupby(sorted(lines, key=key), key)))
    ]
