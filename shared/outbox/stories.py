"""Finding stories: by what they are about, by tenant, person or trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.records import decode_headers
from shared.outbox.tables import HAS_TRACE, NAMES_PERSON, PERSON, SUBJECT, TRACE

#: As many of the newest events that match are looked at.
MATCHES = 2_000

_MATCHING = f"""
    SELECT correlation_id, id FROM outbox_event
    WHERE {{condition}} AND (CAST(:tenant AS uuid) IS NULL OR tenant_id = :tenant)
    ORDER BY id DESC LIMIT {MATCHES}
"""
_STORIES = """
    WITH matching AS ({matching}), found AS (
        SELECT correlation_id, max(id) AS newest FROM matching
        WHERE correlation_id <> '' GROUP BY 1 ORDER BY 2 DESC LIMIT :limit
    )
    SELECT found.correlation_id, first.tenant_id, first.type AS first_type, last.type AS last_type,
           first.headers AS first_headers, last.headers AS last_headers
    FROM found
    CROSS JOIN LATERAL (
        SELECT tenant_id, type, headers FROM outbox_event AS e
        WHERE e.correlation_id = found.correlation_id ORDER BY id LIMIT 1
    ) AS first
    CROSS JOIN LATERAL (
        SELECT type, headers FROM outbox_event AS e
        WHERE e.correlation_id = found.correlation_id ORDER BY id DESC LIMIT 1
    ) AS last
    ORDER BY newest DESC
"""


def _by(*conditions: str) -> Any:
    """Of the events that meet one of the conditions, each of which has its index."""
    queries = (f"({_MATCHING.format(condition=each)})" for each in conditions)
    return text(_STORIES.format(matching=" UNION ALL ".join(queries)))


_OF_SUBJECT = f"{SUBJECT} = CAST(:value AS text)"


_BY_SUBJECT = _by(_OF_SUBJECT)
_BY_PERSON = _by(
    f"{NAMES_PERSON} AND {PERSON} = convert_to(CAST(:value AS text), 'UTF8')", _OF_SUBJECT
)
_BY_TRACE = _by(f"{HAS_TRACE} AND {TRACE} = convert_to(CAST(:value AS text), 'UTF8')")
_BY_TENANT = _by("tenant_id = CAST(CAST(:value AS text) AS uuid)")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: one of the first three, or a tenant's; a tenant narrows the others."""

    subject: str | None = None
    person_id: UUID | None = None
    trace_id: str | None = None
    tenant_id: UUID | None = None

    def statement(self) -> tuple[Any, str]:
        """The query, and the value that it looks for."""
        if self.subject is not None:
            return _BY_SUBJECT, self.subject
        if self.person_id is not None:
            return _BY_PERSON, str(self.person_id)
        if self.trace_id is not None:
            return _BY_TRACE, self.trace_id
        return _BY_TENANT, str(self.tenant_id)


async def stories(
    connection: AsyncConnection, search: Search, *, limit: int
) -> Sequence[Mapping[str, Any]]:
    """The stories that have a matching event of this service, the one with the newest first."""
    statement, value = search.statement()
    row = {"value": value, "tenant": search.tenant_id, "limit": limit}
    return [_told(each) for each in await connection.execute(statement, row)]


def _told(row: Any) -> Mapping[str, Any]:
    return {
        "correlation_id": row.correlation_id,
        "tenant_id": row.tenant_id,
        "first_type": row.first_type,
        "first_at": _time(row.first_headers),
        "last_type": row.last_type,
        "last_at": _time(row.last_headers),
    }


def _time(headers: bytes) -> datetime:
    return datetime.fromisoformat(decode_headers(headers)["ce_time"])
