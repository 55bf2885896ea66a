"""What the worker does by the clock."""

import logging
from datetime import timedelta

from sqlalchemy import text

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.fold_state import fold_state
from services.feed.entrypoints.kafka_delivery import kafka_delivery
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

log = logging.getLogger(__name__)

PARTITIONS_AHEAD = 3
#: What ended stays in the state for as long as the log says so.
KEPT = timedelta(days=30)

_CREATE = text("SELECT feed_create_partitions(CAST(:today AS date), :days)")


def create_schedule(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""

    async def keep_partitions() -> None:
        row = {"today": utc_now().date(), "days": PARTITIONS_AHEAD}
        async with transaction(foundation.engine) as connection:
            await connection.execute(_CREATE, row)

    async def keep_states() -> None:
        while await fold_state(foundation.units):
            pass

    async def forget_ended() -> None:
        async with foundation.units(operator=True) as work:
            await work.states.forget(utc_now().date() - KEPT)

    return [
        Job("keep_log_partitions", timedelta(hours=1), keep_partitions),
        Job("keep_states", timedelta(seconds=1), keep_states),
        Job("forget_ended", timedelta(hours=1), forget_ended),
        kafka_delivery(foundation),
    ]
