"""The worker process: consumes events, relays the outbox, runs the schedule."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from aiokafka.errors import KafkaConnectionError
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from shared.crash import crash
from shared.database.outage import is_outage
from shared.http.app import create_app
from shared.inbox.consumer import BatchConsumer
from shared.inbox.replay import Replayer
from shared.messaging.connection import create_broker
from shared.messaging.subscriber import subscribe
from shared.outbox.relay import Relay
from shared.processes.foundation import START_POLL_SECONDS, START_SECONDS, Foundation
from shared.processes.heartbeat import beating
from shared.processes.housekeeping import housekeeping
from shared.processes.jobs import Job
from shared.processes.measures import measuring
from shared.repairs.repairer import Repairer

log = logging.getLogger(__name__)

RETRY_PERIOD = timedelta(milliseconds=500)
REPLAY_PERIOD = timedelta(seconds=2)
REPAIR_PERIOD = timedelta(milliseconds=500)


def create_worker(
    foundation: Foundation[Any],
    *,
    consumer: BatchConsumer[Any],
    topics: Sequence[str],
    schedule: Sequence[Job],
    prepare: Callable[[], Awaitable[None]] | None = None,
) -> FastAPI:
    """The worker as an app of its own, so that its health and measures can be read.

    `prepare` is done before the first record is read; it may read the broker's topics itself.
    """
    broker = create_broker(foundation.settings)
    subscription = subscribe(
        broker,
        foundation.settings,
        group=foundation.service,
        topics=topics,
        process=consumer.process,
    )
    relay = Relay(foundation.settings)
    retry = Job("retry_parked", RETRY_PERIOD, consumer.retry_parked)
    replayer = Replayer(foundation.engine, foundation.settings, consumer)
    replay = Job("replay", REPLAY_PERIOD, replayer.run)
    repair = Job("repair", REPAIR_PERIOD, Repairer(foundation.engine).run)
    tasks: list[asyncio.Task[None]] = []

    async def check_tasks() -> None:
        if not tasks or any(task.done() for task in tasks):
            raise RuntimeError("a background task has stopped")

    async def check_broker() -> None:
        if not await broker.ping(timeout=2.0):
            raise ConnectionError("the broker does not answer")

    checks = {
        "database": foundation.check_database,
        "broker": check_broker,
        "tasks": check_tasks,
    }

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with (
            foundation.running(),
            beating(foundation, "worker", checks),
            _consuming(broker, prepare),
        ):
            measures = measuring(foundation, subscription)
            jobs = (retry, replay, repair, *schedule, *housekeeping(foundation), *measures)
            runs = [relay.run(), *map(_repeat, jobs)]
            tasks.extend(asyncio.create_task(_vital(run)) for run in runs)
            try:
                yield
            finally:
                await _cancel(tasks)

    return create_app(
        title=f"Lernverbund {foundation.service} worker",
        description="Health and measures of the worker.",
        checks=checks,
        lifespan=lifespan,
    )


@asynccontextmanager
async def _consuming(
    broker: KafkaBroker, prepare: Callable[[], Awaitable[None]] | None
) -> AsyncIterator[None]:
    """A broker that is down at start is waited for, like the database."""

    async def start() -> None:
        if prepare:
            await prepare()
        await broker.start()

    starting = AsyncRetrying(
        retry=retry_if_exception_type(KafkaConnectionError),
        wait=wait_fixed(START_POLL_SECONDS),
        stop=stop_after_delay(START_SECONDS),
        before_sleep=lambda _: log.warning("the broker does not answer yet"),
        reraise=True,
    )
    await starting(start)
    try:
        yield
    finally:
        await broker.stop()


async def _vital(run: Awaitable[None]) -> None:
    try:
        await run
    except Exception:  # noqa: BLE001  # whatever it is, a new process starts afresh
        crash("a background task failed")


async def _repeat(job: Job) -> None:
    while True:
        try:
            await job.run()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("job %s met an outage, it runs again later", job.name)
        await asyncio.sleep(job.every.total_seconds())


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task
