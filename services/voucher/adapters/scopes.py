"""Which tenants a worker's transaction must act for, beyond those that its events name."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.voucher.adapters.tables import programme, voucher
from services.voucher.domain.voucher import HELD
from shared.database.engine import transaction


async def funders(engine: AsyncEngine) -> Collection[UUID]:
    """The tenants that fund programmes: whoever claims a voucher moves units in a funder's pool."""
    async with transaction(engine) as connection:
        return (await connection.execute(select(programme.c.tenant_id).distinct())).scalars().all()


async def tenants_with_due_vouchers(
    engine: AsyncEngine, now: datetime, limit: int
) -> Collection[UUID]:
    """The tenants and funders of vouchers whose time is over."""
    due = (
        select(voucher.c.tenant_id, voucher.c.funder_id)
        .where(voucher.c.status.in_(HELD), voucher.c.expires_at <= now)
        .limit(limit)
    )
    async with transaction(engine, operator=True) as connection:
        rows = await connection.execute(due)
        return {tenant_id for row in rows for tenant_id in row}
