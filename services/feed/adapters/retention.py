"""Keeping the log for its time, and no longer; told to readers before anything goes."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.scopes import tenants
from shared.database.engine import transaction

_CREATE = text("SELECT feed_create_partitions(CAST(:today AS date), :days)")
_DROP = text("SELECT feed_drop_partitions(CAST(:before AS date))")
_MOVE_OLDEST = text(
    """
    UPDATE tenant_feed SET oldest_position = GREATEST(oldest_position, COALESCE(
        (SELECT min(log.position) FROM log WHERE log.tenant_id = :tenant_id AND log.day >= :before), position + 1
    ))
    WHERE tenant_id = :tenant_id AND EXISTS (
        SELECT FROM log WHERE log.tenant_id = :tenant_id AND log.position = oldest_position AND log.day < :before
    )
    """
)
#: What began before its day had a partition.
_DELETE = tuple(
    text(f"DELETE FROM {table} WHERE tenant_id = :tenant_id AND day < :before")
    for table in ("log", "attempt")
)


async def create_partitions(engine: AsyncEngine, today: date, days: int) -> None:
    """Have partitions for these days."""
    async with transaction(engine) as connection:
        await connection.execute(_CREATE, {"today": today, "days": days})


async def drop_before(engine: AsyncEngine, before: date) -> None:
    """Keep nothing of the days before; a reader that comes meanwhile is told that it is gone.

    One tenant a transaction: who appends to its log waits for that alone.
    """
    known = await tenants(engine)
    for tenant_id in known:
        row = {"tenant_id": tenant_id, "before": before}
        async with transaction(engine, [tenant_id]) as connection:
            await connection.execute(_MOVE_OLDEST, row)
    async with transaction(engine) as connection:
        await connection.execute(_DROP, {"before": before})
    for tenant_id in known:
        row = {"tenant_id": tenant_id, "before": before}
        async with transaction(engine, [tenant_id]) as connection:
            for statement in _DELETE:
                await connection.execute(statement, row)
