"""What is so now, as each tenant sees it: kept up with the logs, many tenants at once."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.application.state_ports import LogSpan, Told
from services.feed.domain.state import Change, Thing

_LACKING = """
    SELECT tenant_id, after, until FROM (
        SELECT tenant_id, COALESCE(state_position.position, 0) AS after, readable_until(feed) AS until
        FROM tenant_feed AS feed LEFT JOIN state_position USING (tenant_id)
    ) AS span
    WHERE after < until
"""
# Whoever is behind least comes first, so that nobody waits for one who is behind far.
_BEHIND = text(f"{_LACKING} ORDER BY until - after, tenant_id LIMIT :at_most")
_LACKS = text(f"{_LACKING} AND tenant_id = :tenant_id")
_IS_LOG_GROWING = text(
    "SELECT EXISTS (SELECT FROM tenant_feed WHERE last_at > clock_timestamp() - CAST(:within AS interval))"
)
_BEGIN = text(
    """
    INSERT INTO state_position (tenant_id, position) SELECT tenant_id, 0 FROM unnest(CAST(:tenants AS uuid[])) AS tenant_id
    ON CONFLICT DO NOTHING
    """
)
_POSITIONS = """
    SELECT tenant_id, position FROM state_position WHERE tenant_id = ANY (CAST(:tenants AS uuid[]))
    ORDER BY tenant_id FOR UPDATE
"""
_LOCK, _LOCK_OR_WAIT = text(f"{_POSITIONS} SKIP LOCKED"), text(_POSITIONS)
_EVENTS = text(
    """
    SELECT span.tenant_id, entry.day, entry.content
    FROM unnest(CAST(:tenants AS uuid[]), CAST(:after AS bigint[]), CAST(:until AS bigint[])) AS span(tenant_id, after, until)
    JOIN tenant_feed AS feed USING (tenant_id)
    CROSS JOIN LATERAL (
        SELECT day, position, content FROM log
        WHERE log.tenant_id = span.tenant_id AND position > span.after AND position <= span.until
          AND day >= CASE WHEN feed.day_position <= span.after THEN feed.day ELSE '-infinity' END
    ) AS entry
    ORDER BY span.tenant_id, entry.position
    """
)
_ERASE = text(
    """
    DELETE FROM state USING unnest(CAST(:tenants AS uuid[]), CAST(:sources AS text[]), CAST(:aggregates AS text[]))
        AS gone(tenant_id, source, aggregate)
    WHERE state.tenant_id = gone.tenant_id AND state.source = gone.source AND state.aggregate = gone.aggregate
    """
)
_KEEP = text(
    """
    INSERT INTO state (tenant_id, source, aggregate, ended_on, content)
    SELECT * FROM unnest(CAST(:tenants AS uuid[]), CAST(:sources AS text[]), CAST(:aggregates AS text[]),
                         CAST(:ended_on AS date[]), CAST(:contents AS jsonb[]))
    ON CONFLICT (tenant_id, source, aggregate)
    DO UPDATE SET ended_on = EXCLUDED.ended_on, content = state.content || EXCLUDED.content
    """
)
_ADVANCE = text(
    """
    UPDATE state_position SET position = span.until
    FROM unnest(CAST(:tenants AS uuid[]), CAST(:until AS bigint[])) AS span(tenant_id, until)
    WHERE state_position.tenant_id = span.tenant_id
    """
)
_FORGET = text("DELETE FROM state WHERE ended_on < :before")


class StateRepository:
    """States on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def behind(self, at_most: int) -> Sequence[LogSpan]:
        """What the states of so many tenants lack of their logs. Across tenants."""
        rows = await self._connection.execute(_BEHIND, {"at_most": at_most})
        return [LogSpan(row.tenant_id, row.after, row.until) for row in rows]

    async def lacks(self, tenant_id: UUID) -> LogSpan | None:
        """What the state of one tenant lacks of its log, or None if it lacks nothing."""
        row = (await self._connection.execute(_LACKS, {"tenant_id": tenant_id})).first()
        return LogSpan(row.tenant_id, row.after, row.until) if row else None

    async def is_log_growing(self, within: timedelta) -> bool:
        """Whether anything was appended within a time. Across tenants."""
        values = {"within": within}
        return bool((await self._connection.execute(_IS_LOG_GROWING, values)).scalar_one())

    async def lock(self, spans: Sequence[LogSpan], *, or_wait: bool = False) -> Sequence[LogSpan]:
        """Spans from where the states are now, of those tenants whose state nobody else is at.

        With `or_wait` of all of them, as soon as the others are done.
        """
        until = {span.tenant_id: span.until for span in spans}
        tenants = {"tenants": list(until)}
        await self._connection.execute(_BEGIN, tenants)
        rows = await self._connection.execute(_LOCK_OR_WAIT if or_wait else _LOCK, tenants)
        locked = [LogSpan(row.tenant_id, row.position, until[row.tenant_id]) for row in rows]
        return [span for span in locked if span.after < span.until]

    async def told(self, spans: Sequence[LogSpan]) -> Sequence[Told]:
        """The events of spans, by tenant and in the order of its log."""
        rows = await self._connection.execute(_EVENTS, _columns(spans))
        return [Told(row.tenant_id, row.day, orjson.loads(row.content)) for row in rows]

    async def apply(self, changes: Sequence[tuple[UUID, Mapping[Thing, Change]]]) -> None:
        """Make of the states what changes say."""
        rows = [
            (tenant_id, source, aggregate, change)
            for tenant_id, things in changes
            for (source, aggregate), change in things.items()
        ]
        if erased := [row for row in rows if row[3].is_erased]:
            await self._connection.execute(_ERASE, _things(erased))
        if kept := [row for row in rows if row[3].parts]:
            values = {
                "ended_on": [change.ended_on for *_, change in kept],
                "contents": [orjson.dumps(change.parts).decode() for *_, change in kept],
            }
            await self._connection.execute(_KEEP, _things(kept) | values)

    async def advance(self, spans: Sequence[LogSpan]) -> None:
        """The states have what these spans told."""
        columns = _columns(spans)
        await self._connection.execute(
            _ADVANCE, {name: columns[name] for name in ("tenants", "until")}
        )

    async def forget(self, before: date) -> None:
        """Keep nothing of what ended before a day. Across tenants."""
        await self._connection.execute(_FORGET, {"before": before})


def _columns(spans: Sequence[LogSpan]) -> dict[str, list[Any]]:
    return {
        "tenants": [span.tenant_id for span in spans],
        "after": [span.after for span in spans],
        "until": [span.until for span in spans],
    }


def _things(rows: Sequence[tuple[UUID, str, str, Change]]) -> dict[str, list[Any]]:
    return {
        "tenants": [tenant_id for tenant_id, *_ in rows],
        "sources": [source for _, source, *_ in rows],
        "aggregates": [aggregate for _, _, aggregate, _ in rows],
    }
