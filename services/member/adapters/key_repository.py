"""Official keys over time on PostgreSQL."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.adapters.repositories import ONE_HOLDER
from services.member.domain.key_history import HeldKey, KeyHistory
from services.member.domain.organisation import OfficialKey
from shared.database.bulk import Row, insert
from shared.database.constraints import violations_mean


class OfficialKeyRepository:
    """The keys that tenants have over time; the tenant's lock keeps two from changing them at once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant_id: UUID) -> KeyHistory:
        """A tenant's keys, the first one first."""
        table = tables.tenant_key
        query = select(table).where(table.c.tenant_id == tenant_id).order_by(table.c.valid_from)
        rows = await self._connection.execute(query)
        keys = [HeldKey(OfficialKey(r.official_key), r.valid_from, r.valid_to) for r in rows]
        return KeyHistory(tenant_id, keys)

    async def save(self, history: KeyHistory) -> None:
        """Keep a tenant's keys. Raises OfficialKeyTakenError when another tenant has one at the same time."""
        table = tables.tenant_key
        await self._connection.execute(delete(table).where(table.c.tenant_id == history.tenant_id))
        with violations_mean(ONE_HOLDER):
            await insert(self._connection, table, _key_rows(history))


def _key_rows(history: KeyHistory) -> list[Row]:
    return [
        {
            "tenant_id": history.tenant_id,
            "valid_from": held.valid_from,
            "valid_to": held.valid_to,
            "official_key": held.key.digits,
            "key_identity": held.key.identity,
        }
        for held in history.keys
    ]
