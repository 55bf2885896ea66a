"""The story: what a service published with a correlation id, in order, read from the archive; and one event whole."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.records import decode_headers

_STORY = text(
    """
    SELECT e.event_id, e.type, e.topic, e.tenant_id, e.headers, p.id IS NOT NULL AS pending
    FROM outbox_event AS e LEFT JOIN outbox_pending AS p USING (id)
    WHERE e.correlation_id = :correlation_id ORDER BY e.id LIMIT :limit OFFSET :skip
    """
)

# By the story's index: the archive has none by event.
_EVENT = text(
    """
    SELECT topic, key, headers, data FROM outbox_event
    WHERE correlation_id = :correlation_id AND event_id = :event_id
    """
)


async def story(
    connection: AsyncConnection, correlation_id: str, *, limit: int, skip: int
) -> Sequence[Mapping[str, Any]]:
    """The events with that id, in the order in which they were published, without their data."""
    row = {"correlation_id": correlation_id, "limit": limit, "skip": skip}
    return [_told(each) for each in await connection.execute(_STORY, row)]


async def event(
    connection: AsyncConnection, correlation_id: str, event_id: UUID
) -> Mapping[str, Any] | None:
    """One event of a story with its data, as it was written, or None if this service published no such event."""
    row = {"correlation_id": correlation_id, "event_id": event_id}
    found = (await connection.execute(_EVENT, row)).mappings().first()
    return {**found, "headers": decode_headers(found["headers"])} if found else None


def _told(row: Any) -> Mapping[str, Any]:
    headers = decode_headers(row.headers)
    return {
        "id": row.event_id,
        "type": row.type,
        "topic": row.topic,
        "subject": headers["ce_subject"],
        "tenant_id": row.tenant_id,
        "sequence": int(headers["ce_sequence"]),
        "time": datetime.fromisoformat(headers["ce_time"]),
        "causation_id": headers.get("ce_causationid"),
        "traceparent": headers.get("ce_traceparent"),
        "state": "pending" if row.pending else "sent",
    }
