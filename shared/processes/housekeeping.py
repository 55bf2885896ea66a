"""What every worker keeps in order: outbox partitions, and the memories of inbox and idempotency keys."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from shared.clock import utc_now
from shared.database.engine import transaction
from shared.inbox import letters, store
from shared.operations import processes
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job
from shared.repairs import store as repairs

KEPT = timedelta(days=30)
#: Longer than the archive and the topics keep an event that could come again.
REMEMBERED = timedelta(days=40)
#: A process that ended is of interest for so long.
SEEN = timedelta(days=1)
PARTITIONS_AHEAD = 3

_CREATE = text("SELECT outbox_create_partitions(CAST(:today AS date), :days)")
_DROP = text("SELECT outbox_drop_partitions(CAST(:before AS date))")
_FORGET_KEYS = text("DELETE FROM idempotency_key WHERE created_at < :before")


def housekeeping(foundation: Foundation[Any]) -> list[Job]:
    """The jobs; each may run in several workers at once."""

    async def keep_partitions() -> None:
        today = utc_now().date()
        async with transaction(foundation.engine) as connection:
            await connection.execute(_CREATE, {"today": today, "days": PARTITIONS_AHEAD})
            await connection.execute(_DROP, {"before": today - KEPT})

    async def forget() -> None:
        before = utc_now() - KEPT
        async with transaction(foundation.engine, operator=True) as connection:
            await store.forget(connection, utc_now() - REMEMBERED)
            await letters.forget(connection, before)
            await repairs.forget(connection, before)
            await processes.forget(connection, utc_now() - SEEN)
            await connection.execute(_FORGET_KEYS, {"before": before})

    return [
        Job("keep_partitions", timedelta(hours=1), keep_partitions),
        Job("forget", timedelta(hours=1), forget),
    ]
