"""Reading a tenant's log, page by page."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.feed.application.queries import PAGE_BYTES, LogEntry, Page, Standing

#: How far a page looks for what is wanted, so that looking for something rare stays cheap.
PAGE_POSITIONS = 5_000

# Most readers stand near the end: who has read all of the earlier days need not look into them.
# What is beyond the bytes of a page is there without its content.
_PAGE = f"""
WITH feed AS (
    SELECT readable_until(f) AS readable, LEAST(readable_until(f), $2 + {PAGE_POSITIONS}) AS upto,
           CASE WHEN $2 >= f.day_position THEN f.day ELSE '-infinity' END AS first_day
    FROM tenant_feed AS f WHERE f.tenant_id = $1
), found AS (
    SELECT position, event_id, type, aggregate, sequence, view, recorded_at, content
    FROM log
    WHERE tenant_id = $1 AND position > $2 AND position <= (SELECT upto FROM feed)
      AND day >= (SELECT first_day FROM feed) AND ($3::text[] IS NULL OR type = ANY($3))
    ORDER BY position LIMIT $4
), measured AS (
    SELECT *, sum(octet_length(content)) OVER up_to_here AS bytes, row_number() OVER up_to_here AS number
    FROM found WINDOW up_to_here AS (ORDER BY position)
)
SELECT feed.readable, feed.upto, position, event_id, type, aggregate, sequence, view, recorded_at,
       CASE WHEN number = 1 OR bytes <= $5 THEN content END AS content
FROM feed LEFT JOIN measured ON true
ORDER BY position
"""
_STANDING = """
SELECT epoch.number AS epoch, COALESCE(oldest_position, 1) AS oldest_position,
       (SELECT recorded_at FROM log WHERE tenant_id = $1 AND position = oldest_position) AS oldest_at,
       COALESCE(readable_until(feed), 0) AS readable,
       CASE
           WHEN EXISTS (SELECT FROM epoch WHERE number = $2) THEN (
               SELECT min(COALESCE(begun.position, 0)) FROM epoch AS later
               LEFT JOIN tenant_epoch AS begun ON begun.tenant_id = $1 AND begun.number = later.number
               WHERE later.number > $2
           )
           WHEN $2::bigint IS NOT NULL THEN COALESCE(oldest_position, 1) - 1
       END AS survived
FROM (SELECT * FROM epoch ORDER BY number DESC LIMIT 1) AS epoch
JOIN database_identity() AS identity USING (system_identifier, timeline)
LEFT JOIN tenant_feed AS feed ON feed.tenant_id = $1
"""
_POSITION_AT = """
SELECT COALESCE(
    (SELECT position - 1 FROM log WHERE tenant_id = $1 AND day >= $3 AND recorded_at >= $2 ORDER BY position LIMIT 1),
    (SELECT position FROM tenant_feed WHERE tenant_id = $1), 0
)
"""


class LogReader:
    """The logs of the tenants that the transaction acts for."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def page(
        self,
        tenant_id: UUID,
        *,
        after: int,
        types: frozenset[str] | None,
        limit: int,
        most_bytes: int = PAGE_BYTES,
    ) -> Page:
        """The next entries after a position, of these types or (None) of every type; one at least."""
        wanted = None if types is None else list(types)
        rows = await self._connection.fetch(_PAGE, tenant_id, after, wanted, limit, most_bytes)
        if not rows:
            return Page([], after, after)
        found = [row for row in rows if row["content"] is not None]
        entries = [entry_of(row) for row in found]
        is_cut = len(found) == limit or (found and len(found) < len(rows))
        upto = entries[-1].position if is_cut else max(after, rows[0]["upto"])
        return Page(entries, upto, rows[0]["readable"])

    async def standing(self, tenant_id: UUID, epoch: int | None = None) -> Standing | None:
        """Where the log of a tenant stands; None while it is unknown whether the database was restored."""
        row = await self._connection.fetchrow(_STANDING, tenant_id, epoch)
        return Standing(**row) if row else None

    async def position_at(self, tenant_id: UUID, time: datetime) -> int:
        """The last position before a time."""
        found: int = await self._connection.fetchval(
            _POSITION_AT, tenant_id, time, time.astimezone(UTC).date()
        )
        return found


def entry_of(row: Any) -> LogEntry:
    """An entry from its row."""
    return LogEntry(
        row["position"],
        row["event_id"],
        row["type"],
        row["aggregate"],
        row["sequence"],
        row["view"],
        row["recorded_at"],
        row["content"],
    )
