"""From the ledger's redemptions and reversals to bills: every entry once, on each side."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.domain.errors import PriceMissingError
from services.voucher.domain.price import Price, PriceList
from services.voucher.domain.statement import Kind, Line, Side, with_nets


@dataclass(frozen=True, slots=True)
class Redemption:
    """A ledger entry by which a voucher was used. `costs_cents` is what the booking costs, as far as the programme pays."""

    entry: int
    at: datetime
    units: int
    voucher_id: UUID
    booking_id: UUID | None
    beneficiary_id: UUID
    offer_id: UUID | None
    provider_id: UUID | None
    costs_cents: int | None


@dataclass(frozen=True, slots=True)
class Movement:
    """A redemption, or a reversal of one: `entry` took `units` of the `units_before` that were used.

    `billed` is the number of the statement that the redemption is on, if it is on one already.
    """

    entry: int
    at: datetime
    units: int
    redemption: Redemption
    units_before: int = 0
    billed: str | None = None

    @property
    def reverses(self) -> bool:
        """Whether it takes back what was used."""
        return self.entry != self.redemption.entry


@dataclass(frozen=True, slots=True)
class Claim:
    """What is owed for one ledger entry, in gross cents; less than nothing for a reversal."""

    movement: Movement
    price: Price
    cents: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A statement to be: with whom, for what, and which statement it corrects."""

    tenant_id: UUID
    claims: Sequence[Claim]
    corrects: str | None

    @property
    def kind(self) -> Kind:
        """A credit note if it corrects."""
        return Kind.CREDIT_NOTE if self.corrects else Kind.INVOICE

    @property
    def lines(self) -> Sequence[Line]:
        """One line an offer and price; what was reversed before it was billed is on none."""
        cents: Counter[int] = Counter()
        for claim in self.claims:
            cents[self._counted_with(claim)] += claim.cents
        quantities = Counter(
            (claim.price.title, claim.movement.redemption.offer_id, claim.price.vat, abs(amount))
            for claim in self.claims
            if (amount := cents.pop(self._counted_with(claim), 0))
        )
        lines = [
            Line(title, offer_id, vat, quantity, unit_cents, net_cents=0)
            for (title, offer_id, vat, unit_cents), quantity in quantities.items()
        ]
        return sorted(with_nets(lines), key=_place)

    def _counted_with(self, claim: Claim) -> int:
        """A reversal lessens its redemption where that is billed for the first time; else it stands alone."""
        return claim.movement.entry if self.corrects else claim.movement.redemption.entry


def settle(
    side: Side, funder_id: UUID, movements: Iterable[Movement], prices: PriceList
) -> Sequence[Bill]:
    """The bills for movements in the ledger's order: first the invoices, then the credit notes.

    Raises PriceMissingError. Where nobody is known to be owed, nothing is.
    """
    claims: dict[tuple[UUID, str | None], list[Claim]] = defaultdict(list)
    for movement in movements:
        redemption = movement.redemption
        party = funder_id if side is Side.FUNDER else redemption.provider_id
        if party:
            price = prices.of(redemption.offer_id, redemption.at)
            claim = Claim(movement, price, _owed(side, movement, price))
            claims[party, movement.billed].append(claim)
    bills = [Bill(party, of, corrects) for (party, corrects), of in claims.items()]
    return sorted(
        (bill for bill in bills if bill.lines), key=lambda b: (b.corrects or "", b.tenant_id.int)
    )


def _owed(side: Side, movement: Movement, price: Price) -> int:
    if not movement.reverses:
        return _value(side, movement.redemption, price, movement.units)
    before = _value(side, movement.redemption, price, movement.units_before)
    left = movement.units_before - movement.units
    return _value(side, movement.redemption, price, left) - before


def _value(side: Side, redemption: Redemption, price: Price, units: int) -> int:
    """What is owed while so many of the redemption's units stay used."""
    whole = redemption.costs_cents if price.cents is None else price.cents
    if whole is None:
        raise PriceMissingError(redemption.offer_id, redemption.at)
    cents = whole * units // redemption.units
    return cents if side is Side.FUNDER else price.provider_cents(cents)


def _place(line: Line) -> tuple[str, str, int, int]:
    return (line.title, str(line.offer_id), -line.unit_cents, line.vat.percent)
