"""Ledgers are compared with their pools and vouchers by the clock, and their heads are published."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.chain import Chain
from services.voucher.domain.ledger import Pool, Transfer
from services.voucher.domain.reconciliation import CHAINED, Reconciliation
from shared.envelope import Cause

#: Few, since a process does nothing else while it hashes them.
LINES_AT_ONCE = 500


class Ledger(Protocol):
    """A programme's ledger as it was at one moment."""

    async def chain(self) -> Chain:
        """How far the book says that it has come."""

    async def lines(self, after: int, limit: int) -> Sequence[Transfer]:
        """Entries in their order."""

    async def pools(self, pool_ids: Collection[UUID]) -> Sequence[Pool]:
        """What is in these pools."""

    async def violated(self, after: int) -> Sequence[str]:
        """What does not hold, of what the database compares; entries up to `after` were compared before."""


@dataclass(slots=True)
class Reading:
    """How far the lines of a ledger were read: their chain, and the pools in which they moved something.

    Lines up to `after` were compared `before`; `wrong_entry` is the first that is not as it was written.
    """

    before: Reconciliation | None
    is_whole: bool
    chain: Chain
    after: int
    touched: set[UUID] = field(default_factory=set)
    wrong_entry: int | None = None

    @classmethod
    def begun(cls, before: Reconciliation | None, now: datetime) -> Self:
        """Of what is new, or of everything if that is due."""
        if before is None or before.is_to_be_whole(now):
            return cls(before, is_whole=True, chain=Chain(), after=0)
        return cls(before, is_whole=False, chain=replace(before.chain), after=before.chain.entries)

    def add(self, lines: Sequence[Transfer]) -> None:
        """Read on."""
        self.touched.update(line.pool_id for line in lines)
        self.wrong_entry = self.chain.follow(lines)


async def compare(
    ledger: Ledger, tenant_id: UUID, programme_id: UUID, reading: Reading, now: datetime
) -> Reconciliation:
    """Compare the lines that were read, and those written since, with the ledger as it is at one moment."""
    end = await ledger.chain()
    await _read_to(end, ledger, reading)
    violated = list(await ledger.violated(reading.after))
    if reading.wrong_entry is not None:
        violated.append(CHAINED)
    before = reading.before
    return Reconciliation(
        tenant_id,
        programme_id,
        now,
        end,
        tuple(violated),
        reading.wrong_entry,
        now if before is None or reading.is_whole else before.whole_at,
        before.told_at if before else None,
        await ledger.pools(reading.touched),
    )


async def keep(
    work: UnitOfWork, found: Reconciliation, before: Reconciliation | None, now: datetime
) -> None:
    """Seal what holds, tell the result where it is news, and note how far it is compared."""
    programmes = await work.programmes.lock([found.programme_id], ())
    if await work.reconciliations.latest(found.programme_id) != before:
        return  # another worker was faster
    programme = programmes[found.programme_id]
    cause = Cause(str(found.programme_id))
    sealed = before.chain.entries if before else 0
    if found.is_ok and found.chain.entries > sealed:
        await work.reconciliations.seal(found)
        work.publish(outgoing.ledger_sealed(programme, found.chain, now, cause))
    if found.is_news_after(before, now):
        work.publish(outgoing.ledger_reconciled(programme, found, cause))
        found = replace(found, told_at=now)
    if not found.is_ok:
        found = replace(found, chain=before.chain if before else Chain(), pools=())
    await work.reconciliations.keep(found)
    await work.programmes.save([programme])


async def _read_to(end: Chain, ledger: Ledger, reading: Reading) -> None:
    while reading.wrong_entry is None and reading.chain.entries < end.entries:
        lines = await ledger.lines(reading.chain.entries, LINES_AT_ONCE)
        if not lines:
            break
        reading.add(lines)
    if reading.wrong_entry is None and reading.chain != end:
        missing = reading.chain.entries + 1
        reading.wrong_entry = min(missing, end.entries)
