"""Keys whose records wait because one of them failed, with what that one says."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.inbox.groups import HELD
from shared.inbox.tables import attribute

_KEYS = text(
    f"""
    WITH waiting AS (
        SELECT topic, key, min("offset") AS "offset", count(*) AS records, min(parked_at) AS since
        FROM parked GROUP BY topic, key
    ), letter AS (
        SELECT parked.*, waiting.records, waiting.since
        FROM waiting JOIN parked USING (topic, key, "offset")
        WHERE CAST(:group AS text) IS NULL OR group_id = :group
        ORDER BY since, topic, key LIMIT :limit OFFSET :skip
    )
    SELECT letter.topic, letter.key, records, since, due_at, type, tenant AS tenant_id,
        {attribute("ce_subject")} AS subject, correlation AS correlation_id,
        letter.error, letter.attempts, group_id, letter.release, repair_id, asked_by AS held_by
    FROM letter {HELD} LEFT JOIN repair USING (repair_id) ORDER BY since, letter.topic, letter.key
    """
)


async def parked_keys(
    connection: AsyncConnection, group_id: str | None, *, limit: int, skip: int
) -> Sequence[Any]:
    """Those of a group, or all; what waits longest first."""
    row = {"group": group_id, "limit": limit, "skip": skip}
    return (await connection.execute(_KEYS, row)).all()
