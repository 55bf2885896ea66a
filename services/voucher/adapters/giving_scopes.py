"""Which tenants the clock must act for when it reminds, lets requests lapse and gives allocations back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.voucher.adapters.allocations import due_allocations
from services.voucher.adapters.giving_tables import allocation, voucher_request
from services.voucher.adapters.reminders import is_due
from services.voucher.adapters.tables import voucher
from services.voucher.domain.voucher_request import Status
from shared.database.engine import transaction


async def with_due_reminders(engine: AsyncEngine, now: datetime, limit: int) -> Collection[UUID]:
    """The tenants of vouchers that end soon."""
    return await _tenants(engine, select(voucher.c.tenant_id).where(is_due(now)).limit(limit))


async def with_due_requests(engine: AsyncEngine, now: datetime, limit: int) -> Collection[UUID]:
    """The tenants of requests that nobody decided in time."""
    table = voucher_request.c
    is_over = (table.status == Status.OPEN) & (table.expires_at <= now)
    return await _tenants(engine, select(table.tenant_id).where(is_over).limit(limit))


async def with_due_allocations(engine: AsyncEngine, now: datetime, limit: int) -> Collection[UUID]:
    """The funders and beneficiaries of allocations that give something back."""
    table = allocation.c
    due = due_allocations(now).with_only_columns(table.tenant_id, table.beneficiary_id)
    return await _tenants(engine, due.limit(limit))


async def _tenants(engine: AsyncEngine, query: Select[Any]) -> Collection[UUID]:
    async with transaction(engine, operator=True) as connection:
        rows = await connection.execute(query)
        return {tenant_id for row in rows for tenant_id in row}
