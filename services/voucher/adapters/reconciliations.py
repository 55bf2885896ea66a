"""Comparing ledgers on PostgreSQL: each as it was at one moment, and what was found."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.voucher.adapters import tables
from services.voucher.adapters.invariants import violated_in
from services.voucher.adapters.repositories import BALANCES, entries_after, pool_of
from services.voucher.domain.chain import Chain
from services.voucher.domain.ledger import Pool, Transfer
from services.voucher.domain.reconciliation import WHOLLY_EVERY, Reconciliation
from shared.database.bulk import insert, upsert
from shared.database.engine import transaction

_LINE = [tables.transfer.c[name] for name in Transfer._fields]

#: Where something moved, or does not hold, or everything is to be read again; and where pools changed by no entry.
_DUE = text(
    """
    SELECT book.tenant_id, book.programme_id FROM book
    LEFT JOIN reconciliation AS last USING (tenant_id, programme_id)
    WHERE book.entries > 0 AND (
        book.entries IS DISTINCT FROM last.entries OR last.violated <> '[]' OR last.whole_at <= :whole_before
        OR EXISTS (
            SELECT FROM pool LEFT JOIN compared_pool AS was USING (tenant_id, programme_id, pool_id)
            WHERE pool.tenant_id = book.tenant_id AND pool.programme_id = book.programme_id
              AND (pool.granted, pool.available, pool.reserved, pool.redeemed, pool.expired, pool.returned)
                  IS DISTINCT FROM (was.granted, was.available, was.reserved, was.redeemed, was.expired, was.returned)
        )
    )
    ORDER BY book.programme_id
    """
)
_BROKEN = text("SELECT DISTINCT jsonb_array_elements_text(violated) AS name FROM reconciliation")


async def due(engine: AsyncEngine, now: datetime) -> Sequence[tuple[UUID, UUID]]:
    """The funders and ids of the programmes whose ledgers are to be compared."""
    async with transaction(engine, operator=True) as connection:
        rows = await connection.execute(_DUE, {"whole_before": now - WHOLLY_EVERY})
        return [(row.tenant_id, row.programme_id) for row in rows]


async def broken(connection: AsyncConnection) -> Collection[str]:
    """The names of what does not hold in some programme, of those that the transaction sees."""
    return (await connection.execute(_BROKEN)).scalars().all()


class PostgresLedger:
    """A programme's ledger, in a transaction in which every statement sees the same."""

    def __init__(self, connection: AsyncConnection, programme_id: UUID) -> None:
        self._connection = connection
        self._programme_id = programme_id

    async def chain(self) -> Chain:
        """How far the book says that it has come."""
        table = tables.book
        query = select(table.c.entries, table.c.head).where(
            table.c.programme_id == self._programme_id
        )
        return Chain(*(await self._connection.execute(query)).one())

    async def lines(self, after: int, limit: int) -> Sequence[Transfer]:
        """Entries in their order."""
        table = tables.transfer
        query = (
            select(*_LINE)
            .where(entries_after(self._programme_id, after))
            .order_by(table.c.entry)
            .limit(limit)
        )
        return [Transfer(*row) for row in await self._connection.execute(query)]

    async def pools(self, pool_ids: Collection[UUID]) -> Sequence[Pool]:
        """What is in these pools."""
        table = tables.pool
        query = select(table).where(
            table.c.programme_id == self._programme_id, table.c.pool_id == func.any(list(pool_ids))
        )
        return [pool_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def violated(self, after: int) -> Sequence[str]:
        """What does not hold, of what the database compares."""
        return await violated_in(self._connection, self._programme_id, after)


class ReconciliationRepository:
    """What was found last, and what was published."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def latest(self, programme_id: UUID) -> Reconciliation | None:
        """What the last comparison of a ledger found."""
        table = tables.reconciliation
        query = select(table).where(table.c.programme_id == programme_id)
        row = (await self._connection.execute(query)).mappings().first()
        return _reconciliation(row) if row else None

    async def newest(
        self, limit: int, offset: int, *, broken: bool = False
    ) -> Sequence[Reconciliation]:
        """What was found last in each ledger, or in each in which something does not hold."""
        table = tables.reconciliation
        query = select(table).order_by(table.c.at.desc(), table.c.programme_id)
        if broken:
            query = query.where(func.jsonb_array_length(table.c.violated) > 0)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [_reconciliation(row) for row in rows.mappings()]

    async def seal(self, found: Reconciliation) -> None:
        """Keep a head that is published."""
        row = {
            "tenant_id": found.tenant_id,
            "programme_id": found.programme_id,
            "entries": found.chain.entries,
            "head": found.chain.head,
            "sealed_at": found.at,
        }
        await insert(self._connection, tables.seal, [row])

    async def keep(self, found: Reconciliation) -> None:
        """Note what was found, and what was in the pools."""
        ids = {"tenant_id": found.tenant_id, "programme_id": found.programme_id}
        row = {
            **ids,
            "at": found.at,
            "entries": found.chain.entries,
            "head": found.chain.head,
            "violated": list(found.violated),
            "wrong_entry": found.wrong_entry,
            "whole_at": found.whole_at,
            "told_at": found.told_at,
        }
        await upsert(self._connection, tables.reconciliation, [row])
        pools = [
            {
                **ids,
                "pool_id": pool.pool_id,
                **{name: getattr(pool, name) for name in BALANCES},
            }
            for pool in found.pools
        ]
        await upsert(self._connection, tables.compared_pool, pools)


def _reconciliation(row: RowMapping) -> Reconciliation:
    return Reconciliation(
        row["tenant_id"],
        row["programme_id"],
        row["at"],
        Chain(row["entries"], row["head"]),
        tuple(row["violated"]),
        row["wrong_entry"],
        row["whole_at"],
        row["told_at"],
    )
