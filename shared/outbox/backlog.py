"""How much waits in an outbox, and for how long: looked at seldom, and cheaply however much it is."""

import time

import asyncpg

from shared.telemetry.metrics import RELAY_BACKLOG, RELAY_OLDEST

OBSERVE_SECONDS = 5.0
#: More is not counted but taken from PostgreSQL's own statistics.
COUNTED_ROWS = 10_000

_OBSERVE = """
SELECT (SELECT count(*) FROM (SELECT FROM outbox_pending LIMIT $1) AS counted) AS counted,
       COALESCE((SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'outbox_pending'), 0) AS estimated,
       COALESCE((SELECT extract(epoch FROM now() - since) FROM outbox_pending ORDER BY id LIMIT 1), 0) AS age
"""


class Backlog:
    """Observes the outbox at most every few seconds."""

    def __init__(self) -> None:
        self._observed_at = float("-inf")

    async def observe(self, connection: asyncpg.Connection) -> None:
        """Set the gauges, if it is time."""
        if time.monotonic() < self._observed_at + OBSERVE_SECONDS:
            return
        self._observed_at = time.monotonic()
        row = await connection.fetchrow(_OBSERVE, COUNTED_ROWS)
        is_counted = row["counted"] < COUNTED_ROWS
        RELAY_BACKLOG.set(row["counted"] if is_counted else max(COUNTED_ROWS, row["estimated"]))
        RELAY_OLDEST.set(float(row["age"]))
