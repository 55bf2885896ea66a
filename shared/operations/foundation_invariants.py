"""What must hold of every service's outbox and repairs at every moment; checked in production, not only in tests."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Each query lists violations; none means that it holds. Of what waits, the oldest events are looked at.
INVARIANTS = {
    "what waits to be sent is in the archive": """
        SELECT id FROM (SELECT day, id FROM outbox_pending ORDER BY id LIMIT 2000) AS pending
        WHERE NOT EXISTS (SELECT FROM outbox_event WHERE (day, id) = (pending.day, pending.id))
    """,
    "a repair that is over holds no letter": """
        SELECT repair_id FROM repair_letter JOIN repair USING (repair_id)
        WHERE repair_letter.state = 'waiting' AND repair.state IN ('done', 'cancelled')
    """,
}


async def violated(connection: AsyncConnection) -> list[str]:
    """The names of those that do not hold."""
    return [
        name
        for name, query in INVARIANTS.items()
        if (await connection.execute(text(query))).first() is not None
    ]
