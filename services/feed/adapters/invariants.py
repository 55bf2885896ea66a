"""What must hold of the logs at every moment; checked in production, not only in tests."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Each query lists violations; none means that it holds. They see the tenants acted for, and look at today's entries.
INVARIANTS = {
    "a log has no gaps, and ends where its counter stands": """
        SELECT feed.tenant_id FROM tenant_feed AS feed
        JOIN log ON log.tenant_id = feed.tenant_id AND log.day = feed.day
        WHERE NOT feed.is_closed
        GROUP BY feed.tenant_id, feed.position, feed.day_position
        HAVING count(*) <> feed.position - GREATEST(feed.day_position, min(log.position) - 1)
            OR max(log.position) <> feed.position
    """,
    "time never falls in a log": """
        SELECT tenant_id FROM (
            SELECT log.tenant_id, recorded_at < lag(recorded_at) OVER (
                PARTITION BY log.tenant_id ORDER BY log.position
            ) AS falls
            FROM log JOIN tenant_feed AS feed USING (tenant_id, day)
        ) AS entry WHERE falls
    """,
    "a reading is not ahead of its log": """
        SELECT subscription_id FROM reading JOIN tenant_feed AS feed USING (tenant_id)
        WHERE reading.position > feed.position
    """,
    "what waits for an endpoint has been read": """
        SELECT subscription_id FROM failing_key AS key JOIN reading USING (tenant_id, subscription_id)
        WHERE reading.position < ANY (key.positions)
    """,
}


async def violated_invariants(connection: AsyncConnection) -> list[str]:
    """The names of the invariants that do not hold, for the tenants that the transaction acts for."""
    return [
        name
        for name, query in INVARIANTS.items()
        if (await connection.execute(text(query))).first() is not None
    ]
