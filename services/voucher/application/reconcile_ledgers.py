"""Ledgers are compared with their pools and vouchers by the clock, and their heads are published."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.chain import Chain
from services.voucher.domain.ledger import Pool, Transfer
from services.voucher.domain.reconciliation import CHAINED, Reconciliation
from shared.envelope import Cause

LINES_AT_ONCE = 2_000


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


async def compare(
    ledger: Ledger,
    tenant_id: UUID,
    programme_id: UUID,
    before: Reconciliation | None,
    now: datetime,
) -> Reconciliation:
    """Compare what is new in a ledger, or everything if that is due."""
    is_whole = before is None or before.is_to_be_whole(now)
    chain = Chain() if before is None or is_whole else replace(before.chain)
    after, end = chain.entries, await ledger.chain()
    touched: set[UUID] = set()
    wrong_entry = await _follow(ledger, chain, end, touched)
    violated = list(await ledger.violated(after))
    if wrong_entry is not None:
        violated.append(CHAINED)
    return Reconciliation(
        tenant_id,
        programme_id,
        now,
        end,
        tuple(violated),
        wrong_entry,
        now if before is None or is_whole else before.whole_at,
        before.told_at if before else None,
        await ledger.pools(touched),
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


async def _follow(ledger: Ledger, chain: Chain, end: Chain, touched: set[UUID]) -> int | None:
    """Read on to the end, noting the pools; the first entry that is not as it was written, or None."""
    while chain.entries < end.entries:
        lines = await ledger.lines(chain.entries, LINES_AT_ONCE)
        if not lines:
            return chain.entries + 1
        touched.update(line.pool_id for line in lines)
        wrong_entry = chain.follow(lines)
        if wrong_entry is not None:
            return wrong_entry
    return None if chain == end else min(chain.entries, end.entries)
