"""The register of members on PostgreSQL. Entries are only ever added: a trigger sees to it."""

from uuid import UUID

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.domain.membership import Entry, EntryKind, Membership
from shared.database import bulk
from shared.database.bulk import Row


class MembershipRepository:
    """Members with their entries."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, membership: Membership) -> None:
        """Keep a new member, who is given a number."""
        table = tables.membership
        statement = insert(table).values(tenant_id=membership.tenant_id)
        added = await self._connection.execute(statement.returning(table.c.member_number))
        membership.member_number = added.scalar_one()
        await self.save(membership)

    async def get(self, tenant_id: UUID) -> Membership | None:
        """A member as it is now, without a lock."""
        return await self._get(tenant_id, for_update=False)

    async def lock(self, tenant_id: UUID) -> Membership | None:
        """A member whom nobody else changes until the unit of work ends."""
        return await self._get(tenant_id, for_update=True)

    async def save(self, membership: Membership) -> None:
        """Keep the new entries of a locked member."""
        rows = [_row(membership.tenant_id, entry) for entry in membership.new]
        await bulk.insert(self._connection, tables.register_entry, rows)
        membership.new.clear()

    async def _get(self, tenant_id: UUID, *, for_update: bool) -> Membership | None:
        query = select(tables.membership).where(tables.membership.c.tenant_id == tenant_id)
        rows = await self._connection.execute(query.with_for_update() if for_update else query)
        member = rows.first()
        if member is None:
            return None
        table = tables.register_entry
        entries = await self._connection.execute(
            select(table).where(table.c.tenant_id == tenant_id).order_by(table.c.number)
        )
        return Membership(
            tenant_id, member.member_number, [_entry(row) for row in entries.mappings()]
        )


def _entry(row: RowMapping) -> Entry:
    return Entry(
        number=row["number"],
        kind=EntryKind(row["kind"]),
        from_day=row["from_day"],
        shares=row["shares"],
        cents=row["cents"],
        name=row["name"],
        recorded_at=row["recorded_at"],
        recorded_by=row["recorded_by"],
        ground=row["ground"],
    )


def _row(tenant_id: UUID, entry: Entry) -> Row:
    return {
        "tenant_id": tenant_id,
        "number": entry.number,
        "kind": entry.kind,
        "from_day": entry.from_day,
        "shares": entry.shares,
        "cents": entry.cents,
        "name": entry.name,
        "recorded_at": entry.recorded_at,
        "recorded_by": entry.recorded_by,
        "ground": entry.ground,
    }
