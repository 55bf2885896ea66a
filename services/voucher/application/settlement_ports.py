"""What settling needs from the outside: prices, parties, the ledger's entries, and what was issued before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.voucher.domain.party import Party, Payer
from services.voucher.domain.price import Price
from services.voucher.domain.settlement import Bill, Movement
from services.voucher.domain.statement import Side, Statement
from services.voucher.domain.terms import Terms
from shared.envelope import Outgoing


@dataclass(frozen=True, slots=True)
class Settled:
    """How far a programme is settled with one side: up to a ledger entry, and a day."""

    funder_id: UUID
    programme_id: UUID
    side: Side
    entry: int = 0
    last: date | None = None


@dataclass(frozen=True, slots=True)
class IssuedBill:
    """A bill, and the statement that it became."""

    bill: Bill
    statement: Statement


@dataclass(frozen=True, slots=True)
class StatementClaim:
    """A ledger entry on a statement, in gross cents; less than nothing is a reversal. `redeemed_entry` is what it reverses."""

    entry: int
    redeemed_entry: int
    at: datetime
    voucher_id: UUID
    booking_id: UUID | None
    beneficiary_id: UUID
    offer_id: UUID | None
    units: int
    cents: int


class Billing(Protocol):
    """Whom invoices name, and what vouchers cost."""

    async def keep_party(self, tenant_id: UUID, party: Party) -> None:
        """Keep how invoices name a tenant."""

    async def parties(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Party]:
        """How invoices name tenants; one that has not said it is missing from the answer."""

    async def keep_payer(self, funder_id: UUID, programme_id: UUID, payer: Payer) -> None:
        """Keep how a funder wants the invoices of a programme."""

    async def payer(self, programme_id: UUID) -> Payer | None:
        """How the funder wants the invoices of a programme."""

    async def add_price(self, funder_id: UUID, price: Price) -> None:
        """Keep a price for good. Raises PriceAgreedError if another is valid from the same moment."""

    async def prices(self, programme_id: UUID) -> Sequence[Price]:
        """All prices of a programme, also past ones."""


class Settlements(Protocol):
    """What is settled. Whoever settles holds the programme's settlement with that side."""

    async def so_far(self, funder_id: UUID, programme_id: UUID, side: Side) -> Settled:
        """How far it is settled, without a lock."""

    async def lock(self, funder_id: UUID, programme_id: UUID, side: Side) -> Settled:
        """How far it is settled, locked until the unit of work ends."""

    async def settled_to(self, programme_id: UUID) -> date | None:
        """The last day that is settled with anybody."""

    async def movements(self, settled: Settled, terms: Terms, end: datetime) -> Sequence[Movement]:
        """The redemptions and reversals after what is settled and before the first entry at or after `end`."""

    async def numbers(self, series: str, year: int, count: int) -> int:
        """The first of `count` numbers that follow each other without a gap; held until the unit of work ends."""

    async def issue(self, settled: Settled, issued: Sequence[IssuedBill]) -> None:
        """Keep statements with the entries that they settle, and how far that is."""


class SettlementWork(Protocol):
    """The unit of work of a settlement."""

    @property
    def billing(self) -> Billing:
        """Whom invoices name, and what vouchers cost."""

    @property
    def settlements(self) -> Settlements:
        """What is settled."""

    def publish(self, *events: Outgoing) -> None:
        """Have events leave with this transaction."""
