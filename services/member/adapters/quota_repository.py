"""Quotas on PostgreSQL."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.tables import person, tenant_quota
from services.member.domain.quota import Headcount, Quotas


class QuotaRepository:
    """What each tenant may use, one row each; triggers of the table of people count them in it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant_id: UUID, quotas: Quotas) -> None:
        """Give a tenant its quotas; those it has already stay."""
        here = select(func.count()).where(person.c.tenant_id == tenant_id, ~person.c.has_left)
        row = {
            "tenant_id": tenant_id,
            "people_present": here.scalar_subquery(),
            **asdict(quotas),
        }
        await self._connection.execute(insert(tenant_quota).values(row).on_conflict_do_nothing())

    async def get(self, tenant_id: UUID) -> Quotas | None:
        """What a tenant may use; nothing is known of one that is not onboarded."""
        query = select(tenant_quota).where(tenant_quota.c.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).mappings().first()
        return Quotas(**{name: row[name] for name in Quotas.__slots__}) if row else None

    async def set(self, tenant_id: UUID, quotas: Quotas) -> None:
        """Give a tenant other quotas. Fewer than it uses take nothing away, but let nothing be added."""
        await self.add(tenant_id, quotas)
        own = tenant_quota.c.tenant_id == tenant_id
        await self._connection.execute(update(tenant_quota).where(own).values(asdict(quotas)))

    async def headcount(self, tenant_id: UUID) -> Headcount | None:
        """How many people a tenant has of those it may have; nothing is known of one that is not onboarded."""
        query = select(tenant_quota.c.people_present, tenant_quota.c.people)
        row = (
            await self._connection.execute(query.where(tenant_quota.c.tenant_id == tenant_id))
        ).first()
        return Headcount(present=row.people_present, allowed=row.people) if row else None
