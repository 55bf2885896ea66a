"""Allocations on PostgreSQL. What is in them is in the ledger's pools."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters.giving_tables import allocation as table
from services.voucher.adapters.tables import pool, programme
from services.voucher.application.giving_ports import Given
from services.voucher.domain.allocation import Allocation, AllocationExistsError
from services.voucher.domain.ledger import Account, Pool
from services.voucher.domain.programme import State
from shared.database.bulk import upsert
from shared.database.constraints import violations_mean

_COLUMNS = tuple(column.name for column in table.c)
_TAKEN = {"allocation_running": AllocationExistsError}


def due_allocations(now: datetime) -> Select[Any]:
    """Allocations of open programmes whose time is over, or that have ended and got something back."""
    is_over = (table.c.give_back_at <= now) & table.c.ended_at.is_(None)
    has_got_back = table.c.ended_at.is_not(None) & (pool.c.available > 0)
    return (
        select(table)
        .join(programme, programme.c.programme_id == table.c.programme_id)
        .join(pool, pool.c.pool_id == table.c.allocation_id)
        .where(programme.c.state == State.OPEN, is_over | has_got_back)
        .order_by(table.c.allocation_id)
    )


class AllocationRepository:
    """Allocations; a beneficiary sees those that it was given. Whoever changes one holds the programme's lock."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, allocation_id: UUID) -> Allocation | None:
        """An allocation as it is now."""
        query = select(table).where(table.c.allocation_id == allocation_id)
        row = (await self._connection.execute(query)).mappings().first()
        return Allocation(**row) if row else None

    async def save(self, allocation: Allocation) -> None:
        """Keep a new or changed allocation. Raises AllocationExistsError."""
        row = {name: getattr(allocation, name) for name in _COLUMNS}
        with violations_mean(_TAKEN):
            await upsert(self._connection, table, [row])

    async def of_programme(self, programme_id: UUID, limit: int, offset: int) -> Sequence[Given]:
        """A programme's allocations, the newest first, with what is in them."""
        return await self._given(table.c.programme_id == programme_id, limit, offset)

    async def given_to(self, beneficiary_id: UUID, limit: int, offset: int) -> Sequence[Given]:
        """What a tenant was given, the newest first, with what is in it."""
        return await self._given(table.c.beneficiary_id == beneficiary_id, limit, offset)

    async def due(self, now: datetime, limit: int) -> Sequence[Allocation]:
        """Allocations of open programmes whose time is over, or that have ended and got something back."""
        rows = await self._connection.execute(due_allocations(now).limit(limit))
        return [Allocation(**row) for row in rows.mappings()]

    async def _given(
        self, condition: ColumnElement[bool], limit: int, offset: int
    ) -> Sequence[Given]:
        balances = [pool.c[account.value] for account in Account]
        query = (
            select(table, *balances)
            .join(pool, pool.c.pool_id == table.c.allocation_id)
            .where(condition)
            .order_by(table.c.created_at.desc(), table.c.allocation_id)
        )
        rows = (await self._connection.execute(query.limit(limit).offset(offset))).mappings()
        return [(Allocation(**{name: row[name] for name in _COLUMNS}), _pool(row)) for row in rows]


def _pool(row: RowMapping) -> Pool:
    balances = {account.value: row[account.value] for account in Account}
    return Pool(**balances, pool_id=row["allocation_id"], beneficiary_id=row["beneficiary_id"])
