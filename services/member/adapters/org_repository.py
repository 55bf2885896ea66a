"""Org units with their people, and job families, on PostgreSQL."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.domain.job_family import JobFamily
from services.member.domain.org_unit import OrgUnit
from services.member.domain.people_errors import (
    ExternalIdTakenError,
    JobFamilyKeyTakenError,
    UnknownPersonError,
)
from shared.clock import utc_now
from shared.database.bulk import insert, upsert
from shared.database.constraints import violations_mean

_REFUSED = {
    "org_unit_external_id": ExternalIdTakenError,
    "unit_member_person": UnknownPersonError,
    "unit_leader_person": UnknownPersonError,
    "job_family_key": JobFamilyKeyTakenError,
}


class OrgUnitRepository:
    """Org units; the tenant's lock keeps the tree a tree."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, unit_id: UUID) -> OrgUnit | None:
        """A unit with its own people."""
        units = await self.get_many([unit_id])
        return units[0] if units else None

    async def get_many(self, unit_ids: Collection[UUID]) -> list[OrgUnit]:
        """Units with their own people; one that is not there is missing from the answer."""
        table, ids = tables.org_unit, list(unit_ids)
        rows = await self._connection.execute(
            select(table).where(table.c.unit_id == func.any(ids)).order_by(table.c.unit_id)
        )
        found = rows.mappings().all()
        members = await self._people_of(tables.unit_member, ids)
        leaders = await self._people_of(tables.unit_leader, ids)
        return [unit_of(row, members[row["unit_id"]], leaders[row["unit_id"]]) for row in found]

    async def parents(self) -> Mapping[UUID, UUID | None]:
        """Every unit of the tenant with what it lies below."""
        table = tables.org_unit
        rows = await self._connection.execute(select(table.c.unit_id, table.c.parent_id))
        return {row.unit_id: row.parent_id for row in rows}

    async def by_external_ids(self, external_ids: Collection[str]) -> Mapping[str, UUID]:
        """Units by the tenant's own keys."""
        table = tables.org_unit
        rows = await self._connection.execute(
            select(table.c.external_id, table.c.unit_id).where(
                table.c.external_id == func.any(list(external_ids))
            )
        )
        return {row.external_id: row.unit_id for row in rows}

    async def save(self, unit: OrgUnit) -> None:
        """Keep a new or changed unit. Raises ExternalIdTakenError or UnknownPersonError."""
        now = utc_now()
        unit.created_at, unit.changed_at = unit.created_at or now, now
        row = {
            "tenant_id": unit.tenant_id,
            "unit_id": unit.unit_id,
            "external_id": unit.external_id,
            "name": unit.name,
            "parent_id": unit.parent_id,
            "version": unit.version,
            "created_at": unit.created_at,
            "changed_at": unit.changed_at,
        }
        with violations_mean(_REFUSED):
            await upsert(self._connection, tables.org_unit, [row])
            await self._set_people(tables.unit_member, unit, unit.members)
            await self._set_people(tables.unit_leader, unit, unit.leaders)
        unit.is_changed = False

    async def add_members(self, tenant_id: UUID, joins: Collection[tuple[UUID, UUID]]) -> None:
        """Have people belong to units, given as pairs of unit and person; who does already stays."""
        rows = [
            {"tenant_id": tenant_id, "unit_id": unit_id, "person_id": person_id}
            for unit_id, person_id in sorted(set(joins))
        ]
        await insert(self._connection, tables.unit_member, rows, or_ignore=True)

    async def delete(self, unit_id: UUID) -> None:
        """Keep nothing of a unit; its people stay."""
        table = tables.org_unit
        await self._connection.execute(delete(table).where(table.c.unit_id == unit_id))

    async def _people_of(
        self, table: Table, unit_ids: Collection[UUID]
    ) -> Mapping[UUID, frozenset[UUID]]:
        people: dict[UUID, set[UUID]] = defaultdict(set)
        query = select(table.c.unit_id, table.c.person_id)
        present = tables.person.c
        query = query.join(
            tables.person,
            (present.tenant_id == table.c.tenant_id) & (present.person_id == table.c.person_id),
        ).where(table.c.unit_id == func.any(list(unit_ids)), present.erase_on.is_(None))
        for row in await self._connection.execute(query):
            people[row.unit_id].add(row.person_id)
        return defaultdict(frozenset, {key: frozenset(value) for key, value in people.items()})

    async def _set_people(self, table: Table, unit: OrgUnit, people: frozenset[UUID]) -> None:
        others = (table.c.unit_id == unit.unit_id) & (table.c.person_id != func.all(list(people)))
        await self._connection.execute(delete(table).where(others))
        rows = [
            {"tenant_id": unit.tenant_id, "unit_id": unit.unit_id, "person_id": person_id}
            for person_id in sorted(people)
        ]
        await insert(self._connection, table, rows, or_ignore=True)


class JobFamilyRepository:
    """Job families, by the tenant's own keys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, job_family_id: UUID) -> JobFamily | None:
        """A job family."""
        table = tables.job_family
        query = select(table).where(table.c.job_family_id == job_family_id)
        row = (await self._connection.execute(query)).mappings().first()
        return JobFamily(**row) if row else None

    async def by_keys(self, keys: Collection[str]) -> Mapping[str, JobFamily]:
        """Job families by the tenant's own keys."""
        table = tables.job_family
        query = select(table).where(table.c.key == func.any(list(keys)))
        rows = (await self._connection.execute(query)).mappings()
        return {row["key"]: JobFamily(**row) for row in rows}

    async def save(self, families: Sequence[JobFamily]) -> None:
        """Keep new and changed job families. Raises JobFamilyKeyTakenError."""
        rows = [
            {
                "tenant_id": each.tenant_id,
                "job_family_id": each.job_family_id,
                "key": each.key,
                "name": each.name,
            }
            for each in families
        ]
        with violations_mean(_REFUSED):
            await upsert(self._connection, tables.job_family, rows)


def unit_of(row: RowMapping, members: frozenset[UUID], leaders: frozenset[UUID]) -> OrgUnit:
    """The unit in a row."""
    return OrgUnit(
        tenant_id=row["tenant_id"],
        unit_id=row["unit_id"],
        name=row["name"],
        external_id=row["external_id"],
        parent_id=row["parent_id"],
        members=members,
        leaders=leaders,
        version=row["version"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )
