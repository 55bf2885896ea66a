"""Programmes on PostgreSQL: terms, book, pools and ledger."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import tables
from services.voucher.adapters.terms_rows import terms_columns, terms_of
from services.voucher.domain.chain import Chain
from services.voucher.domain.ledger import Balances, Pool, Transfer
from services.voucher.domain.programme import Programme, State
from shared.database.bulk import Row, insert, upsert

BALANCES = ("granted", "available", "reserved", "redeemed", "expired", "returned")


class ProgrammeRepository:
    """Programmes with their pools; transfers are only ever added."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, programme: Programme) -> None:
        """Keep a new programme."""
        await insert(self._connection, tables.programme, [_programme_row(programme)])
        await self._save([programme], programme.pools.values())

    async def revise(self, programme: Programme) -> None:
        """Keep the terms and the state of a locked programme."""
        await upsert(self._connection, tables.programme, [_programme_row(programme)])

    async def get(self, programme_id: UUID) -> Programme | None:
        """A programme as it is now, without a lock."""
        found = await self.read(select(tables.book).where(_book_of([programme_id])), None)
        return found.get(programme_id)

    async def get_many(
        self, programme_ids: Collection[UUID], beneficiary_ids: Collection[UUID]
    ) -> Mapping[UUID, Programme]:
        """Programmes as they are now, without locks, with the allocations of these tenants."""
        return await self.read(select(tables.book).where(_book_of(programme_ids)), beneficiary_ids)

    async def open_ids(self, now: datetime) -> Sequence[UUID]:
        """Programmes that give vouchers now, the one that closes first coming first."""
        table = tables.programme
        query = (
            select(table.c.programme_id)
            .where(table.c.state == State.OPEN, table.c.opens_at <= now, table.c.closes_at > now)
            .order_by(table.c.closes_at, table.c.programme_id)
        )
        return (await self._connection.execute(query)).scalars().all()

    async def due_ids(self, now: datetime) -> Sequence[UUID]:
        """Programmes whose time is over but that are not closed."""
        table = tables.programme
        query = select(table.c.programme_id).where(
            table.c.state == State.OPEN, table.c.closes_at <= now
        )
        return (await self._connection.execute(query)).scalars().all()

    async def lock(
        self, programme_ids: Collection[UUID], beneficiary_ids: Collection[UUID] | None = None
    ) -> Mapping[UUID, Programme]:
        """Programmes with their books locked, always in the same order, so that nobody deadlocks.

        With `beneficiary_ids`, of the allocations those of these tenants only.
        """
        if not programme_ids:
            return {}
        # The rest is read by a statement of its own: it has to see what was written before the lock was given.
        books = select(tables.book).where(_book_of(programme_ids)).with_for_update()
        return await self.read(books, beneficiary_ids)

    async def read(
        self, books: Select[Any], beneficiary_ids: Collection[UUID] | None
    ) -> Mapping[UUID, Programme]:
        """The programmes of these books, in the order of their ids, with their pools."""
        order = tables.book.c.programme_id
        found = (await self._connection.execute(books.order_by(order))).mappings().all()
        if not found:
            return {}
        pools: dict[UUID, list[RowMapping]] = {row["programme_id"]: [] for row in found}
        query = _with_pools().where(tables.pool.c.programme_id == func.any(list(pools)))
        if beneficiary_ids is not None:
            beneficiary = tables.pool.c.beneficiary_id
            query = query.where(
                or_(beneficiary.is_(None), beneficiary == func.any(list(beneficiary_ids)))
            )
        for row in (await self._connection.execute(query)).mappings():
            pools[row["programme_id"]].append(row)
        return {row["programme_id"]: _programme(row, pools[row["programme_id"]]) for row in found}

    async def save(self, programmes: Collection[Programme]) -> None:
        """Keep the books, the pools and the new transfers of locked programmes."""
        changed = [each for each in programmes if each.is_changed]
        moved = [
            each.pools[pool_id]
            for each in changed
            for pool_id in {transfer.pool_id for transfer in each.transfers}
        ]
        await self._save(changed, moved)

    async def _save(self, programmes: Collection[Programme], pools: Iterable[Pool]) -> None:
        pool_ids = {pool.pool_id for pool in pools}
        await upsert(self._connection, tables.book, map(_book_row, programmes))
        await upsert(
            self._connection,
            tables.pool,
            [
                _pool_row(programme, pool)
                for programme in programmes
                for pool in programme.pools.values()
                if pool.pool_id in pool_ids
            ],
        )
        rows = [
            _transfer_row(programme, line)
            for programme in programmes
            for line in programme.transfers
        ]
        await insert(self._connection, tables.transfer, rows)
        for programme in programmes:
            programme.saved()


def entries_after(programme_id: UUID, entry: int) -> Any:
    """A programme's entries after one, found by their whole key.

    By the programme alone each page would sort all that follow: row-level security allows several tenants.
    """
    table = tables.programme
    funder = select(table.c.tenant_id).where(table.c.programme_id == programme_id)
    return and_(
        tables.transfer.c.tenant_id == funder.scalar_subquery(),
        tables.transfer.c.programme_id == programme_id,
        tables.transfer.c.entry > entry,
    )


def _book_of(programme_ids: Collection[UUID]) -> Any:
    return tables.book.c.programme_id == func.any(list(programme_ids))


def _with_pools() -> Select[Any]:
    """Programmes with their pools, a row each."""
    same = and_(
        tables.pool.c.tenant_id == tables.programme.c.tenant_id,
        tables.pool.c.programme_id == tables.programme.c.programme_id,
    )
    columns = [tables.pool.c[name] for name in ("pool_id", "beneficiary_id", *BALANCES)]
    return select(tables.programme, *columns).join(tables.pool, same)


def _programme(book: RowMapping, pools: Sequence[RowMapping]) -> Programme:
    programme = pools[0]
    return Programme(
        tenant_id=book["tenant_id"],
        programme_id=book["programme_id"],
        terms=terms_of(programme),
        state=State(programme["state"]),
        closed_at=programme["closed_at"],
        pools={row["pool_id"]: pool_of(row) for row in pools},
        total=Balances(*(book[name] for name in BALANCES)),
        chain=Chain(book["entries"], book["head"]),
        warned=book["warned"],
        version=book["version"],
    )


def pool_of(row: RowMapping) -> Pool:
    """The pool in a row."""
    return Pool(
        *(row[name] for name in BALANCES),
        pool_id=row["pool_id"],
        beneficiary_id=row["beneficiary_id"],
    )


def _programme_row(programme: Programme) -> Row:
    return {
        "tenant_id": programme.tenant_id,
        "programme_id": programme.programme_id,
        **terms_columns(programme.terms),
        "state": programme.state,
        "closed_at": programme.closed_at,
    }


def _book_row(programme: Programme) -> Row:
    return {
        "tenant_id": programme.tenant_id,
        "programme_id": programme.programme_id,
        "entries": programme.chain.entries,
        "head": programme.chain.head,
        **{name: getattr(programme.total, name) for name in BALANCES},
        "warned": programme.warned,
        "version": programme.version,
    }


def _pool_row(programme: Programme, pool: Pool) -> Row:
    return {
        "tenant_id": programme.tenant_id,
        "programme_id": programme.programme_id,
        "pool_id": pool.pool_id,
        "beneficiary_id": pool.beneficiary_id,
        **{name: getattr(pool, name) for name in BALANCES},
    }


def _transfer_row(programme: Programme, line: Transfer) -> Row:
    return {"tenant_id": programme.tenant_id, **line._asdict()}
