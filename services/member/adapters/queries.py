"""Reading on PostgreSQL; row-level security decides what is there to be read."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.adapters.person_repository import person_of
from services.member.adapters.repositories import record_of, tenant_of
from services.member.application.queries import Order, TenantSearch
from services.member.domain.person import Person
from services.member.domain.record import PersonRecord
from services.member.domain.tenant import Status, Tenant

_name = func.lower(tables.tenant.c.name)
_ORDERS = {Order.APPLIED_AT: tables.tenant.c.applied_at, Order.NAME: _name}


class PostgresQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def applications(
        self, search: TenantSearch, order: Order, limit: int, offset: int
    ) -> Sequence[Tenant]:
        """All tenants, for the operator."""
        table = tables.tenant
        query = select(table).where(*_meant(search)).order_by(_ORDERS[order], table.c.tenant_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [tenant_of(row) for row in rows.mappings()]

    async def count_applications(self, search: TenantSearch) -> Mapping[Status, int]:
        """How many tenants of each status there are, for the operator; none is left out."""
        status = tables.tenant.c.status
        query = select(status, func.count()).where(*_meant(search)).group_by(status)
        found = {Status(name): count for name, count in await self._connection.execute(query)}
        return {each: found.get(each, 0) for each in Status}

    async def people(self, limit: int, offset: int) -> Sequence[Person]:
        """The caller's people, by external id."""
        query = select(tables.person).order_by(
            tables.person.c.external_id, tables.person.c.person_id
        )
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [person_of(row) for row in rows.mappings()]

    async def records(self, person_id: UUID) -> Sequence[PersonRecord]:
        """What one of the caller's people completed, newest first."""
        table = tables.person_record
        query = (
            select(table)
            .where(table.c.person_id == person_id)
            .order_by(table.c.completed_at.desc().nulls_first(), table.c.booking_id)
        )
        return [record_of(row) for row in (await self._connection.execute(query)).mappings()]


def _meant(search: TenantSearch) -> Sequence[ColumnElement[bool]]:
    table, wanted = tables.tenant.c, []
    for column, value in (
        (table.status, search.status),
        (table.kind, search.kind),
        (table.state, search.state),
    ):
        if value is not None:
            wanted.append(column == value)
    if search.words is not None:
        words = search.words.lower()
        wanted.append(
            or_(
                _name.contains(words, autoescape=True),
                table.official_key.startswith(words, autoescape=True),
                cast(table.tenant_id, Text) == words,
            )
        )
    return wanted
