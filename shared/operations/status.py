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

#: Of the outbox more is not counted but estimated, from PostgreSQL's own statistics.
COUNTED = 10_000
#: Of records that wait or were given up no more are looked at: this is asked every second.
LOOKED_AT = 2_000

_WAITING = text(
    """
    SELECT now() AS at, pending.*, waiting.*, dead.*, COALESCE((
            SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'outbox_pending'
        ), 0) AS estimated,
        (SELECT since FROM outbox_pending ORDER BY id LIMIT 1) AS pending_since,
        (SELECT count(*) FROM repair WHERE state NOT IN ('done', 'cancelled')) AS repairs
    FROM (
        SELECT count(*) AS counted FROM (SELECT FROM outbox_pending LIMIT :counted) AS row
    ) AS pending, (
        SELECT count(*) AS parked_records, count(DISTINCT (topic, key)) AS parked_keys,
               min(parked_at) AS parked_since
        FROM (SELECT topic, key, parked_at FROM parked LIMIT :looked_at) AS row
    ) AS waiting, (
        SELECT count(*) AS letters, count(DISTINCT tenant) AS tenants,
               min(failed_at) AS dead_since, max(failed_at) AS dead_until
        FROM (
            SELECT tenant, failed_at FROM dead_letter WHERE discarded_at IS NULL LIMIT :looked_at
        ) AS row
    ) AS dead
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
    def more_records(self) -> bool:
        """Whether more records may be parked than were looked at."""
        return bool(self.waiting.parked_records == LOOKED_AT)

    @property
    def more_letters(self) -> bool:
        """Whether more may have been given up than was looked at."""
        return bool(self.waiting.letters == LOOKED_AT)

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
    most = {"counted": COUNTED, "looked_at": LOOKED_AT}
    waiting = (await connection.execute(_WAITING, most)).one()
    finished = {row.type: row.at for row in await connection.execute(_FINISHED)}
    return Status(
        waiting, await processes(connection), await invariants.results(connection), finished
    )


def times(counts: Any) -> Times:
    """Of counts as processes tell them, with bounds as text."""
    total = together({float(bound): count for bound, count in bounds.items()} for bounds in counts)
    return Times(number(total), quantile(total, 0.5), quantile(total, 0.99))
