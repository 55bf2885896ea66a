"""Operators' accesses and the audit log on PostgreSQL."""

from uuid import UUID, uuid4

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.domain.audit import Action, Entry
from services.member.domain.operator_access import EndedBy, OperatorAccess
from shared.database.bulk import Row, insert, upsert


class OperatorAccessRepository:
    """Accesses to the tenants that the unit of work acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, access_id: UUID) -> OperatorAccess | None:
        """An access that nobody else ends until the unit of work does."""
        table = tables.operator_access
        query = select(table).where(table.c.access_id == access_id).with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return access_of(row) if row else None

    async def save(self, access: OperatorAccess) -> None:
        """Keep a new or a locked access."""
        await upsert(self._connection, tables.operator_access, [_access_row(access)])


class AuditRepository:
    """What is written down for a tenant; the database refuses to change it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, *entries: Entry) -> None:
        """Write entries down."""
        await insert(self._connection, tables.audit_entry, map(_entry_row, entries))


def access_of(row: RowMapping) -> OperatorAccess:
    """The access in a row."""
    return OperatorAccess(
        tenant_id=row["tenant_id"],
        access_id=row["access_id"],
        operator=row["operator"],
        reason=row["reason"],
        may_change=row["may_change"],
        granted_at=row["granted_at"],
        until=row["until"],
        ended_at=row["ended_at"],
        ended_by=EndedBy(row["ended_by"]) if row["ended_by"] else None,
        version=row["version"],
    )


def _access_row(access: OperatorAccess) -> Row:
    return {
        "tenant_id": access.tenant_id,
        "access_id": access.access_id,
        "operator": access.operator,
        "reason": access.reason,
        "may_change": access.may_change,
        "granted_at": access.granted_at,
        "until": access.until,
        "ended_at": access.ended_at,
        "ended_by": access.ended_by,
        "version": access.version,
    }


def entry_of(row: RowMapping) -> Entry:
    """The entry in a row."""
    return Entry(
        tenant_id=row["tenant_id"],
        at=row["at"],
        actor=row["actor"],
        action=Action(row["action"]),
        subject=row["subject"],
        detail=row["detail"],
    )


def _entry_row(entry: Entry) -> Row:
    return {
        "tenant_id": entry.tenant_id,
        "entry_id": uuid4(),
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }
