"""Reading units and job families on PostgreSQL; row-level security decides what is there to be read."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.adapters.org_repository import OrgUnitRepository
from services.member.domain.job_family import JobFamily
from services.member.domain.org_unit import OrgUnit


class OrgQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def units(self, limit: int, offset: int) -> Sequence[OrgUnit]:
        """The caller's units, by name."""
        table = tables.org_unit
        query = select(table.c.unit_id).order_by(table.c.name, table.c.unit_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        ids = list(rows.scalars())
        found = {
            unit.unit_id: unit for unit in await OrgUnitRepository(self._connection).get_many(ids)
        }
        return [found[each] for each in ids]

    async def job_families(self, limit: int, offset: int) -> Sequence[JobFamily]:
        """The caller's job families, by key."""
        query = select(tables.job_family).order_by(tables.job_family.c.key)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [JobFamily(**row) for row in rows.mappings()]
