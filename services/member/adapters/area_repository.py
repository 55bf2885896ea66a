"""States, regions and the official directory on PostgreSQL: data of no tenant, changed by operators."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import CursorResult, RowMapping, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.domain.area import Areas, Region, State
from services.member.domain.directory import Area
from services.member.domain.organisation import Level
from shared.database.bulk import Row, upsert


class AreaRepository:
    """The states and regions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self) -> Areas:
        """All of them."""
        states = await self._connection.execute(select(tables.state).order_by(tables.state.c.code))
        regions = await self._connection.execute(
            select(tables.region).order_by(tables.region.c.code)
        )
        return Areas(
            {row.code: State(row.code, row.name, row.key_prefix) for row in states},
            {row["code"]: _region(row) for row in regions.mappings()},
        )

    async def put(self, region: Region) -> None:
        """Keep a new or changed region."""
        row = {
            "code": region.code,
            "name": region.name,
            "states": sorted(region.states),
            "key_prefixes": sorted(region.key_prefixes),
        }
        await upsert(self._connection, tables.region, [row])

    async def put_state(self, state: State) -> None:
        """Keep a new or renamed state."""
        row = {"code": state.code, "name": state.name, "key_prefix": state.key_prefix}
        await upsert(self._connection, tables.state, [row])


class MunicipalityRepository:
    """The official directory."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newest(self) -> date | None:
        """For which day the newest edition was published; None when none was read."""
        found = await self._connection.execute(select(func.max(tables.directory_edition.c.stand)))
        newest: date | None = found.scalar_one()
        return newest

    async def find(self, key: str) -> Sequence[Area]:
        """What has or had a key."""
        table = tables.municipality
        query = select(table).where(table.c.key == key)
        return [_area(row) for row in (await self._connection.execute(query)).mappings()]

    async def current(self) -> Sequence[Area]:
        """Everything that is there now; nobody else reads an edition until the unit of work ends."""
        await self._connection.execute(select(func.pg_advisory_xact_lock(_READING)))
        table = tables.municipality
        query = select(table).where(table.c.valid_to.is_(None))
        return [_area(row) for row in (await self._connection.execute(query)).mappings()]

    async def save(self, areas: Collection[Area]) -> None:
        """Keep new and changed areas."""
        await upsert(self._connection, tables.municipality, map(_area_row, areas))

    async def read(self, stand: date) -> None:
        """Remember that an edition was read."""
        row = insert_or(tables.directory_edition).values(stand=stand)
        await self._connection.execute(row.on_conflict_do_nothing())


class ReviewRepository:
    """Tenants that have to be looked at."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ask(self, tenant_id: UUID, due_on: date) -> None:
        """Have a tenant looked at; asking twice is as good as once."""
        row = insert_or(tables.tenant_review).values(tenant_id=tenant_id, due_on=due_on)
        await self._connection.execute(row.on_conflict_do_nothing())

    async def ask_in(self, region: Region, due_on: date) -> int:
        """Have every tenant looked at that lies in a region or its states; says how many."""
        tenant = tables.tenant.c
        concerned = select(tenant.tenant_id, literal(due_on)).where(
            or_(tenant.state.in_(region.states), tenant.regions.contains([region.code]))
        )
        rows = insert_or(tables.tenant_review).from_select(["tenant_id", "due_on"], concerned)
        result = await self._connection.execute(rows.on_conflict_do_nothing())
        assert isinstance(result, CursorResult)
        return result.rowcount

    async def done(self, tenant_id: UUID, until: date) -> None:
        """The tenant was looked at."""
        table = tables.tenant_review
        await self._connection.execute(
            delete(table).where(table.c.tenant_id == tenant_id, table.c.due_on <= until)
        )


#: The lock that keeps two operators from reading an edition at once.
_READING = 720_032


def _region(row: RowMapping) -> Region:
    return Region(
        row["code"], row["name"], frozenset(row["states"]), frozenset(row["key_prefixes"])
    )


def _area(row: RowMapping) -> Area:
    return Area(
        row["key"],
        Level(row["level"]),
        row["name"],
        row["valid_from"],
        row["valid_to"],
        row["merged_into"],
    )


def _area_row(area: Area) -> Row:
    return {
        "key": area.key,
        "level": area.level,
        "valid_from": area.valid_from,
        "name": area.name,
        "valid_to": area.valid_to,
        "merged_into": area.merged_into,
    }
