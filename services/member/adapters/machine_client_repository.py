"""Machine clients on PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.domain.machine_client import Check, ClientStatus, MachineClient, MachineRole
from shared.database.bulk import Row, upsert


class MachineClientRepository:
    """The machine clients of the tenants that the unit of work acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, client_id: UUID) -> MachineClient | None:
        """A client that nobody else changes until the unit of work ends."""
        table = tables.machine_client
        query = select(table).where(table.c.client_id == client_id).with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return client_of(row) if row else None

    async def lock_open(self, tenant_id: UUID) -> Sequence[MachineClient]:
        """All of a tenant's that are not revoked."""
        table = tables.machine_client
        query = select(table).where(
            table.c.tenant_id == tenant_id, table.c.status != ClientStatus.REVOKED
        )
        rows = await self._connection.execute(query.order_by(table.c.client_id).with_for_update())
        return [client_of(row) for row in rows.mappings()]

    async def count_open(self, tenant_id: UUID) -> int:
        """How many of a tenant's are not revoked. Whoever adds one holds the tenant's lock."""
        table = tables.machine_client
        query = select(func.count()).where(
            table.c.tenant_id == tenant_id, table.c.status != ClientStatus.REVOKED
        )
        return (await self._connection.execute(query)).scalar_one()

    async def save(self, client: MachineClient) -> None:
        """Keep a new or a locked client."""
        await upsert(self._connection, tables.machine_client, [_client_row(client)])


def client_of(row: RowMapping) -> MachineClient:
    """The client in a row."""
    return MachineClient(
        tenant_id=row["tenant_id"],
        client_id=row["client_id"],
        name=row["name"],
        roles=frozenset(map(MachineRole, row["roles"])),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        check=Check(row["due_at"], row["attempts"], row["last_error"]),
        status=ClientStatus(row["status"]),
        revoked_at=row["revoked_at"],
        generation=row["generation"],
        ready_generation=row["ready_generation"],
        secret_shown_at=row["secret_shown_at"],
        previous_until=row["previous_until"],
    )


def _client_row(client: MachineClient) -> Row:
    return {
        "tenant_id": client.tenant_id,
        "client_id": client.client_id,
        "name": client.name,
        "roles": sorted(client.roles),
        "status": client.status,
        "created_at": client.created_at,
        "expires_at": client.expires_at,
        "revoked_at": client.revoked_at,
        "generation": client.generation,
        "ready_generation": client.ready_generation,
        "secret_shown_at": client.secret_shown_at,
        "previous_until": client.previous_until,
        "attempts": client.check.attempts,
        "last_error": client.check.last_error,
        "due_at": client.check.due_at,
    }
