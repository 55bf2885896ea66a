"""What the worker does by the clock."""

import logging
from datetime import timedelta

from sqlalchemy import text

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

log = logging.getLogger(__name__)

PARTITIONS_AHEAD = 3

_CREATE = text("SELECT feed_create_partitions(CAST(:today AS date), :days)")


def create_schedule(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""

    async def keep_partitions() -> None:
        row = {"today": utc_now().date(), "days": PARTITIONS_AHEAD}
        async with transaction(foundation.engine) as connection:
            await connection.execute(_CREATE, row)

    return [Job("keep_log_partitions", timedelta(hours=1), keep_partitions)]
