"""Appending to the tenants' logs, in bulk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.adapters import tables
from services.feed.adapters.cloud_events import structured
from services.feed.adapters.epochs import EpochGuard
from services.feed.application.ports import Entry
from shared.database.bulk import Row, insert

#: A session hears this when a log has grown, or a reading is due.
CHANNEL = "feed"

# The rows are locked in the order of tenants, so that two workers wait for each other instead of deadlocking.
# The clock is read under the lock, so that a later position never has an earlier time.
_ADVANCE = text(
    """
    INSERT INTO tenant_feed AS feed (tenant_id, position, last_at, day)
    SELECT tenant_id, count, at, (at AT TIME ZONE 'UTC')::date
    FROM unnest(CAST(:tenants AS uuid[]), CAST(:counts AS bigint[])) AS new(tenant_id, count),
         LATERAL (SELECT clock_timestamp() AS at) AS clock
    ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET (position, last_at, day, day_position) = (
        SELECT feed.position + EXCLUDED.position, at, today,
               CASE WHEN today > feed.day THEN feed.position ELSE feed.day_position END
        FROM (SELECT GREATEST(feed.last_at, clock_timestamp()) AS at) AS clock,
             LATERAL (SELECT (at AT TIME ZONE 'UTC')::date AS today) AS calendar
    )
    WHERE NOT feed.is_closed
    RETURNING tenant_id, position, last_at, day
    """
)
_NOTIFY = text("SELECT pg_notify(:channel, '')")

#: So many rows at once: arrays of about half a megabyte cost the least on both sides of the connection.
ROWS_AT_ONCE = 500


class LogRepository:
    """The logs of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection, guard: EpochGuard) -> None:
        self._connection = connection
        self._guard = guard

    async def append(self, entries: Sequence[Entry]) -> None:
        """Give each entry the next position in its tenant's log. A tenant that is gone has no log."""
        if not entries:
            return
        await self._guard.verify(self._connection)
        # Made before the logs are locked: then other workers wait.
        rows = [_row(entry) for entry in entries]
        places = await self._advance(Counter(entry.tenant_id for entry in entries))
        rows = [row for row in rows if row["tenant_id"] in places]
        for row in rows:
            places[row["tenant_id"]].give(row)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            await insert(self._connection, tables.log, rows[start : start + ROWS_AT_ONCE])
        await self._connection.execute(_NOTIFY, {"channel": CHANNEL})

    async def _advance(self, counts: Mapping[UUID, int]) -> Mapping[UUID, "_Place"]:
        row = {"tenants": list(counts), "counts": list(counts.values())}
        found = await self._connection.execute(_ADVANCE, row)
        return {place.tenant_id: _Place(place, counts[place.tenant_id]) for place in found}


class _Place:
    """Where a tenant's new entries go."""

    __slots__ = ("at", "day", "position")

    def __init__(self, place: Any, count: int) -> None:
        self.position: int = place.position - count
        self.at, self.day = place.last_at, place.day

    def give(self, row: Row) -> None:
        """Put a row there."""
        self.position += 1
        row["day"], row["position"], row["recorded_at"] = self.day, self.position, self.at


def _row(entry: Entry) -> Row:
    envelope = entry.envelope
    return {
        "tenant_id": entry.tenant_id,
        "event_id": envelope.id,
        "type": envelope.type,
        "aggregate": envelope.aggregate,
        "sequence": envelope.sequence,
        "correlation_id": envelope.cause.correlation_id,
        "view": entry.view,
        "content": structured(entry),
    }
