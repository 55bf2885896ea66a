"""Reading on PostgreSQL; row-level security decides what is there to be read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.adapters.person_repository import person_of
from services.member.adapters.repositories import record_of, tenant_of
from services.member.domain.person import Person
from services.member.domain.record import PersonRecord
from services.member.domain.tenant import Status, Tenant


class PostgresQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def applications(
        self, status: Status | None, limit: int, offset: int
    ) -> Sequence[Tenant]:
        """All tenants, for the operator; the oldest application first."""
        table = tables.tenant
        query = select(table).order_by(table.c.applied_at, table.c.tenant_id)
        if status:
            query = query.where(table.c.status == status)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [tenant_of(row) for row in rows.mappings()]

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
