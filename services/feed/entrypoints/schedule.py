"""What the worker does by the clock."""

import asyncio
from datetime import timedelta

from services.feed.adapters import measures, retention
from services.feed.adapters.epochs import EpochGuard
from services.feed.adapters.invariants import INVARIANTS, violated_invariants
from services.feed.adapters.scopes import tenants
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.fold_state import fold_state, is_log_growing
from services.feed.entrypoints.kafka_delivery import kafka_delivery
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.operations import invariants
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

#: For the log and the attempts; what ended stays in the state for as long as the log says so.
KEPT = timedelta(days=30)
PARTITIONS_AHEAD = 3
#: While logs grow, states follow in steps: to append comes first.
STATE_PAUSE_SECONDS = 5.0


def create_schedule(foundation: Foundation[PostgresUnitOfWork], guard: EpochGuard) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""
    return [*_keeping(foundation), *_watching(foundation, guard), kafka_delivery(foundation)]


def _keeping(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    async def keep_log() -> None:
        today = utc_now().date()
        await retention.create_partitions(foundation.engine, today, PARTITIONS_AHEAD)
        await retention.drop_before(foundation.engine, today - KEPT)

    async def keep_states() -> None:
        while await fold_state(foundation.units):
            if await is_log_growing(foundation.units):
                await asyncio.sleep(STATE_PAUSE_SECONDS)

    async def forget_ended() -> None:
        async with foundation.units(operator=True) as work:
            await work.states.forget(utc_now().date() - KEPT)

    return [
        Job("keep_log", timedelta(hours=1), keep_log),
        Job("keep_states", timedelta(seconds=1), keep_states),
        Job("forget_ended", timedelta(hours=1), forget_ended),
    ]


def _watching(foundation: Foundation[PostgresUnitOfWork], guard: EpochGuard) -> list[Job]:
    engine = foundation.engine

    async def verify_epoch() -> None:
        async with transaction(engine) as connection:
            await guard.verify(connection)

    async def measure() -> None:
        async with transaction(engine, operator=True) as connection:
            await measures.measure(connection)

    async def check() -> None:
        async with transaction(engine, await tenants(engine)) as connection:
            violated = await violated_invariants(connection)
            await invariants.keep(connection, INVARIANTS, violated)

    return [
        Job("verify_epoch", timedelta(seconds=2), verify_epoch),
        Job("measure", timedelta(seconds=5), measure),
        Job("check_invariants", timedelta(minutes=1), check),
    ]
