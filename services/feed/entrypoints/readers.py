"""What the worker does with the logs, beside having them fetched: it keeps the states and fills the topics."""

from datetime import timedelta

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.fold_state import fold_state
from services.feed.entrypoints.kafka_delivery import kafka_delivery
from shared.clock import utc_now
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

#: What ended stays in the state for as long as the log tells of it.
KEPT = timedelta(days=30)


def create_readers(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """The jobs; each may run in several workers at once."""

    async def keep_states() -> None:
        while await fold_state(foundation.units):
            pass

    async def forget_ended() -> None:
        async with foundation.units(operator=True) as work:
            await work.states.forget(utc_now().date() - KEPT)

    return [
        Job("keep_states", timedelta(seconds=1), keep_states),
        Job("forget_ended", timedelta(hours=1), forget_ended),
        kafka_delivery(foundation),
    ]
