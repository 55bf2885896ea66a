"""Reading who has which rights in a tenant, and who changed them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.adapters.access_repository import access_of, entry_of
from services.member.adapters.machine_client_repository import client_of
from services.member.domain.audit import Entry
from services.member.domain.machine_client import MachineClient
from services.member.domain.operator_access import OperatorAccess


class AccessQueries:
    """The queries on one connection; row-level security decides what is there to be read."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def operator_accesses(
        self, tenant_id: UUID, limit: int, offset: int
    ) -> Sequence[OperatorAccess]:
        """Who came in from the cooperative, and why; newest first."""
        table = tables.operator_access
        query = (
            select(table)
            .where(table.c.tenant_id == tenant_id)
            .order_by(table.c.granted_at.desc(), table.c.access_id)
        )
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [access_of(row) for row in rows.mappings()]

    async def machine_clients(
        self, tenant_id: UUID, limit: int, offset: int
    ) -> Sequence[MachineClient]:
        """The tenant's machine clients, newest first, revoked ones among them."""
        table = tables.machine_client
        query = (
            select(table)
            .where(table.c.tenant_id == tenant_id)
            .order_by(table.c.created_at.desc(), table.c.client_id)
        )
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [client_of(row) for row in rows.mappings()]

    async def audit_entries(self, tenant_id: UUID, limit: int, offset: int) -> Sequence[Entry]:
        """What was written down, newest first."""
        table = tables.audit_entry
        query = (
            select(table)
            .where(table.c.tenant_id == tenant_id)
            .order_by(table.c.at.desc(), table.c.entry_id)
        )
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [entry_of(row) for row in rows.mappings()]
