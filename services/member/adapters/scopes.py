"""Which tenants a worker's transaction must act for, beyond those that its events name."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.member.adapters.tables import tenant
from services.member.domain.tenant import Status
from shared.database.engine import transaction


async def tenants_to_onboard(engine: AsyncEngine, now: datetime, limit: int) -> Sequence[UUID]:
    """Approved tenants that a worker may go on with, the one that waits longest coming first."""
    query = (
        select(tenant.c.tenant_id)
        .where(tenant.c.status == Status.APPROVED, tenant.c.due_at <= now)
        .order_by(tenant.c.due_at)
        .limit(limit)
    )
    async with transaction(engine, operator=True) as connection:
        return (await connection.execute(query)).scalars().all()
