"""Which tenants a worker's transaction must act for, beyond those that its events name."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.adapters.tables import booking
from shared.database.engine import transaction


async def providers(
    engine: AsyncEngine, tenants: Collection[UUID], booking_ids: Collection[UUID]
) -> Collection[UUID]:
    """Who provides what these bookings of `tenants` are for, and so has the places they take."""
    query = (
        select(booking.c.provider_id)
        .where(booking.c.booking_id == func.any(list(booking_ids)))
        .distinct()
    )
    async with transaction(engine, tenants) as connection:
        return (await connection.execute(query)).scalars().all()
