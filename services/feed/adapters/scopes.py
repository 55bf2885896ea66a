"""Which tenants a worker's transaction must act for, beyond those that its events name."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.repositories import SubscriptionRepository
from services.feed.adapters.tables import tenant_feed
from shared.database.engine import transaction


async def listeners(engine: AsyncEngine, types: Collection[str]) -> Collection[UUID]:
    """The tenants that subscribe to any of these types."""
    async with transaction(engine, operator=True) as connection:
        found = await SubscriptionRepository(connection).listeners(types)
    return {tenant_id for tenants in found.values() for tenant_id in tenants}


async def tenants(engine: AsyncEngine) -> Collection[UUID]:
    """The tenants that have a log."""
    async with transaction(engine, operator=True) as connection:
        return (await connection.execute(select(tenant_feed.c.tenant_id))).scalars().all()
