"""What a service could not handle of a story: how often it was tried, why it failed, when it is tried again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.inbox.tables import attribute

_SAME = f"""
    type, topic, tenant AS tenant_id, {attribute("ce_id")} AS event_id,
    {attribute("ce_subject")} AS subject, error, attempts, group_id
"""
_FAILURES = text(
    f"""
    SELECT {_SAME}, CASE WHEN attempts = 0 THEN 'behind' ELSE 'parked' END AS state,
           parked_at AS since, due_at, CAST(NULL AS bigint) AS letter_id
    FROM parked WHERE correlation = :correlation_id
    UNION ALL
    SELECT {_SAME}, CASE WHEN discarded_at IS NULL THEN 'dead' ELSE 'discarded' END,
           failed_at, NULL, id
    FROM dead_letter WHERE correlation = :correlation_id
    ORDER BY since, event_id LIMIT :limit OFFSET :skip
    """
)


async def failures(
    connection: AsyncConnection, correlation_id: str, *, limit: int, skip: int
) -> Sequence[Any]:
    """Records of a story that wait or were given up here, oldest first, without their data."""
    row = {"correlation_id": correlation_id, "limit": limit, "skip": skip}
    return (await connection.execute(_FAILURES, row)).all()
