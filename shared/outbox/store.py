"""Writing events into the outbox, in the transaction of the state that they tell of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zlib import crc32

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.envelope import Envelope, Outgoing
from shared.outbox.tables import LANES

#: A record must fit into one Kafka batch; what is larger belongs behind a link.
MAX_EVENT_BYTES = 256 * 1024

#: A session hears this when events wait.
CHANNEL = "outbox"

_APPEND = text(
    """
    WITH event AS (
        INSERT INTO outbox_event (event_id, lane, topic, key, tenant_id, type, headers, data)
        SELECT event_id, lane, topic, key, tenant_id, type, headers, data
        FROM unnest(
            CAST(:event_id AS uuid[]), CAST(:lane AS smallint[]), CAST(:topic AS text[]),
            CAST(:key AS text[]), CAST(:tenant_id AS uuid[]), CAST(:type AS text[]),
            CAST(:headers AS text[]), CAST(:data AS bytea[])
        ) WITH ORDINALITY AS row(event_id, lane, topic, key, tenant_id, type, headers, data, position)
        ORDER BY position
        RETURNING id, day, lane
    ), pending AS (
        INSERT INTO outbox_pending (id, day, lane) SELECT id, day, lane FROM event
    )
    SELECT pg_notify(:channel, '')
    """
)


class EventTooLargeError(ValueError):
    """An event exceeds MAX_EVENT_BYTES; the transaction that wanted to publish it fails."""


def lane_of(key: str) -> int:
    """The lane that keeps the order of `key`."""
    return crc32(key.encode()) % LANES


async def append(
    connection: AsyncConnection, outgoing: Sequence[Outgoing], *, source: str, now: datetime
) -> list[UUID]:
    """Add events in the order given; returns their ids. The caller holds the aggregates' row locks."""
    if not outgoing:
        return []
    envelopes = [Envelope.seal(event, source=source, time=now) for event in outgoing]
    for envelope in envelopes:
        if len(envelope.data) > MAX_EVENT_BYTES:
            raise EventTooLargeError(
                f"{envelope.type} has {len(envelope.data)} bytes, at most {MAX_EVENT_BYTES}"
            )
    keys = [envelope.key for envelope in envelopes]
    await connection.execute(
        _APPEND,
        {
            "event_id": [envelope.id for envelope in envelopes],
            "lane": [lane_of(key) for key in keys],
            "topic": [event.event.TOPIC for event in outgoing],
            "key": keys,
            "tenant_id": [envelope.tenant_id for envelope in envelopes],
            "type": [envelope.type for envelope in envelopes],
            "headers": [orjson.dumps(envelope.headers()).decode() for envelope in envelopes],
            "data": [envelope.data for envelope in envelopes],
            "channel": CHANNEL,
        },
    )
    return [envelope.id for envelope in envelopes]
