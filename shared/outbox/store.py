"""Writing events into the outbox, in the transaction of the state that they tell of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.envelope import MAX_EVENT_BYTES, Envelope, Outgoing
from shared.messaging.producer import hash_of
from shared.messaging.records import encode_headers, encode_prefix
from shared.outbox.tables import LANES

#: A session hears this when events wait.
CHANNEL = "outbox"

_APPEND = text(
    """
    WITH entry AS MATERIALIZED (
        SELECT nextval('outbox_id') AS id, (now() AT TIME ZONE 'UTC')::date AS day, ordered.*
        FROM (
            SELECT * FROM unnest(
                CAST(:event_id AS uuid[]), CAST(:tenant_id AS uuid[]), CAST(:type AS text[]),
                CAST(:topic AS text[]), CAST(:key AS text[]), CAST(:hash AS integer[]),
                CAST(:prefix AS bytea[]), CAST(:data AS bytea[]), CAST(:headers AS bytea[]),
                CAST(:correlation_id AS text[])
            ) WITH ORDINALITY AS given(
                event_id, tenant_id, type, topic, key, hash, prefix, data, headers, correlation_id, position
            )
            ORDER BY position
        ) AS ordered
    ), event AS (
        INSERT INTO outbox_event
            (day, id, event_id, tenant_id, type, topic, key, hash, prefix, data, headers, correlation_id)
        SELECT day, id, event_id, tenant_id, type, topic, key, hash, prefix, data, headers, correlation_id
        FROM entry
    ), pending AS (
        INSERT INTO outbox_pending (id, day, lane, topic, hash)
        SELECT id, day, hash % :lanes, topic, hash FROM entry
    )
    SELECT pg_notify(:channel, '')
    """
)


class EventTooLargeError(ValueError):
    """An event exceeds MAX_EVENT_BYTES; the transaction that wanted to publish it fails."""


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
    await connection.execute(
        _APPEND,
        {
            "event_id": [envelope.id for envelope in envelopes],
            "tenant_id": [envelope.tenant_id for envelope in envelopes],
            "type": [envelope.type for envelope in envelopes],
            "topic": [event.event.TOPIC for event in outgoing],
            "key": [envelope.key for envelope in envelopes],
            "hash": [hash_of(envelope.key) for envelope in envelopes],
            "prefix": [
                encode_prefix(envelope.key, envelope.data or None) for envelope in envelopes
            ],
            "data": [envelope.data for envelope in envelopes],
            "headers": [encode_headers(envelope.headers()) for envelope in envelopes],
            "correlation_id": [envelope.cause.correlation_id for envelope in envelopes],
            "lanes": LANES,
            "channel": CHANNEL,
        },
    )
    return [envelope.id for envelope in envelopes]
