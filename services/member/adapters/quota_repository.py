"""Quotas on PostgreSQL."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.tables import tenant_quota
from services.member.domain.quota import Quotas
from shared.database.bulk import upsert


class QuotaRepository:
    """What each tenant may use, one row each."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant_id: UUID, quotas: Quotas) -> None:
        """Give a tenant its quotas; those it has already stay."""
        row = {"tenant_id": tenant_id, **asdict(quotas)}
        await self._connection.execute(insert(tenant_quota).values(row).on_conflict_do_nothing())

    async def get(self, tenant_id: UUID) -> Quotas | None:
        """What a tenant may use; nothing is known of one that is not onboarded."""
        query = select(tenant_quota).where(tenant_quota.c.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).mappings().first()
        return Quotas(**{name: row[name] for name in Quotas.__slots__}) if row else None

    async def set(self, tenant_id: UUID, quotas: Quotas) -> None:
        """Give a tenant other quotas."""
        await upsert(self._connection, tenant_quota, [{"tenant_id": tenant_id, **asdict(quotas)}])
