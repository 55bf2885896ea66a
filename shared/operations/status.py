"""How a service is, in one look at its database: cheap enough to be asked every second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.operations import invariants
from shared.operations.processes import processes
from shared.telemetry.recent import number, quantile, together

#: More is not counted; of the outbox it is then estimated from PostgreSQL's own statistics.
COUNTED = 10_000

_WAITING = text(
    """
    WITH pending AS (
        SELECT count(*) AS counted FROM (SELECT FROM outbox_pending LIMIT :most) AS first
    ), parked_some AS (
        SELECT topic, key, parked_at FROM parked LIMIT :most
    ), dead AS (
        SELECT tenant, failed_at FROM dead_letter WHERE discarded_at IS NULL LIMIT :most
    )
    SELECT now() AS at, pending.counted,
        COALESCE((SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'outbox_pending'), 0) AS estimated,
        (SELECT since FROM outbox_pending ORDER BY id LIMIT 1) AS pending_since,
        (SELECT count(*) FROM parked_some) AS parked_records,
        (SELECT count(*) FROM (SELECT DISTINCT topic, key FROM parked_some) AS keys) AS parked_keys,
        (SELECT min(parked_at) FROM parked_some) AS parked_since,
        (SELECT count(*) FROM dead) AS letters,
        (SELECT count(DISTINCT tenant) FROM dead) AS tenants,
        (SELECT min(failed_at) FROM dead) AS dead_since,
        (SELECT max(failed_at) FROM dead) AS dead_until,
        (SELECT count(*) FROM repair WHERE state NOT IN ('done', 'cancelled')) AS repairs
    FROM pending
    """
)
_FINISHED = text("SELECT type, at FROM finished_event ORDER BY type")


@dataclass(frozen=True, slots=True)
class Times:
    """How many were done in a window, and how long half of them and all but a hundredth took at most, in s."""

    number: int
    p50: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """What was found: rows as the database has them, and what the processes did together."""

    waiting: Any
    processes: Sequence[Any]
    invariants: Sequence[Any]
    finished: Mapping[str, datetime]

    @property
    def backlog(self) -> int:
        """Events that wait for the relay; more than COUNTED are estimated."""
        if self.waiting.counted < COUNTED:
            return int(self.waiting.counted)
        return max(COUNTED, int(self.waiting.estimated))

    @property
    def lag(self) -> Mapping[str, int]:
        """Records that wait on each topic, in the partitions of the workers that run."""
        total: dict[str, int] = {}
        for process in self._running:
            for topic, records in process.figures["lag"].items():
                total[topic] = total.get(topic, 0) + records
        return total

    def events(self, seconds: int) -> Mapping[str, Times]:
        """By type, what all processes that run finished in a window."""
        counts = [process.figures["windows"][str(seconds)]["events"] for process in self._running]
        types = sorted({event_type for each in counts for event_type in each})
        return {
            event_type: times(each[event_type] for each in counts if event_type in each)
            for event_type in types
        }

    @property
    def _running(self) -> list[Any]:
        return [process for process in self.processes if process.state == "running"]


async def status(connection: AsyncConnection) -> Status:
    """Look."""
    waiting = (await connection.execute(_WAITING, {"most": COUNTED})).one()
    finished = {row.type: row.at for row in await connection.execute(_FINISHED)}
    return Status(
        waiting, await processes(connection), await invariants.results(connection), finished
    )


def times(counts: Any) -> Times:
    """Of counts as processes tell them, with bounds as text."""
    total = together({float(bound): count for bound, count in bounds.items()} for bounds in counts)
    return Times(number(total), quantile(total, 0.5), quantile(total, 0.99))
