"""The archive: events stay in the outbox for a time, can be published again for who lost them, or be forgotten."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.outbox.store import CHANNEL
from shared.outbox.tables import LANES

# The last of each type and key alone: on a compacted topic an older one would become the last.
_REPUBLISH = text(
    """
    WITH last AS (
        SELECT DISTINCT ON (key, type) id, day, topic, hash FROM outbox_event
        WHERE topic = :topic ORDER BY key, type, id DESC
    ), again AS (
        INSERT INTO outbox_pending (id, day, lane, topic, hash)
        SELECT id, day, hash % :lanes, topic, hash FROM last WHERE day >= :since
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT count(*) AS events, pg_notify(:channel, '') FROM again
    """
)

# What waits to be sent goes too: the tombstone that follows would erase it anyway.
_FORGET = text(
    """
    WITH gone AS (
        DELETE FROM outbox_event WHERE topic = :topic AND key = ANY(CAST(:keys AS text[])) RETURNING id
    )
    DELETE FROM outbox_pending WHERE id IN (SELECT id FROM gone)
    """
)


async def republish(connection: AsyncConnection, topic: str, since: date) -> int:
    """Send again the last event of each type and aggregate of a topic, if it is of that day or later.

    They keep their ids, so that whoever handled them knows them. Returns how many.
    """
    row = {"topic": topic, "since": since, "lanes": LANES, "channel": CHANNEL}
    return int((await connection.execute(_REPUBLISH, row)).one().events)


async def forget(connection: AsyncConnection, topic: str, keys: Collection[str]) -> None:
    """Keep no event of these keys of a topic. A tombstone that this transaction publishes stays."""
    await connection.execute(_FORGET, {"topic": topic, "keys": list(keys)})
