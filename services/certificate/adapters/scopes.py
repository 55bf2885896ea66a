"""Which tenants a worker's transaction must act for, beyond those that its events name."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificate.adapters.tables import award, tenant
from services.certificate.domain.award import AwardState
from shared.database.engine import transaction


async def issuers(engine: AsyncEngine) -> Collection[UUID]:
    """The tenants that can sign."""
    async with transaction(engine, operator=True) as connection:
        return (await connection.execute(select(tenant.c.tenant_id))).scalars().all()


async def tenants_with_pending_awards(engine: AsyncEngine) -> Collection[UUID]:
    """The tenants whose people still wait for a credential."""
    pending = select(award.c.tenant_id).where(award.c.state == AwardState.PENDING).distinct()
    async with transaction(engine, operator=True) as connection:
        return (await connection.execute(pending)).scalars().all()
