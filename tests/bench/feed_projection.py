"""Events projected into the logs of a thousand tenants, over the rate of our relay that brings the same events to Kafka.

The relay's rate is the one of row `relay` of `make bench-events`, from a full outbox until Kafka has
acknowledged all; here with real events, and with nothing else running. Then the feed's workers, as many
as are deployed, find them all waiting: from then until the last one is in a log.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from deploy.local.stack import Stack
from services.catalogue.contracts.events import (
    AchievementV1,
    BookingConfirmedV1,
    BookingRequestedV1,
    ParticipationCompletedV1,
)
from shared.database.engine import create_engine
from shared.database.unit_of_work import SqlUnitOfWork, UnitsOfWork, units_of_work
from shared.envelope import Cause, Event, Outgoing
from tests.bench.relay import Outbox, outbox_of
from tests.bench.report import Row
from tests.support.kafka import settings_of
from tests.support.processes import Process, paused, running
from tests.support.waiting import until

TENANTS = [uuid4() for _ in range(1_000)]
BOOKINGS = 20_000
EVENTS = 3 * BOOKINGS
#: As many as k8s/base/feed.yaml has replicas, each by the name of the port that it answers at.
WORKERS = ("feed_worker", "feed")
AT_ONCE = 4_000
RUNS = 5

_COUNT = "SELECT COALESCE(sum(position), 0)::bigint FROM tenant_feed"
_ACHIEVEMENT = AchievementV1(
    name="Datenschutz in der Personalverwaltung",
    description="Grundlagen des Datenschutzes für alle, die mit Personalakten arbeiten.",
    criteria="Teilnahme an beiden Tagen und eine bestandene Abschlussaufgabe.",
    competences=("Datenschutz", "Personalrecht"),
    duration_minutes=480,
)

Count = Callable[[], Awaitable[int]]


async def measure(stack: Stack) -> Row:
    """Events a second, run by run; the first is for warmth."""
    workers = [Process(stack, "feed", port=stack.ports[name]) for name in WORKERS]
    ours, peer = [], []
    async with AsyncExitStack() as exits:
        units = await exits.enter_async_context(_catalogue(stack))
        outbox = await exits.enter_async_context(outbox_of(settings_of(stack, "catalogue")))
        count = await exits.enter_async_context(_counting(stack))
        exits.enter_context(running(*workers))
        for worker in workers:
            await worker.ready()
        for _ in range(1 + RUNS):
            before = await count()
            await _commit(units)
            peer.append(await _relayed(outbox, workers))
            ours.append(await _projected(count, before))
    unit = f"events/s by {len(WORKERS)} workers; peer is our relay, alone"
    return Row.of("projection", ours[1:], peer[1:], unit)


async def _relayed(outbox: Outbox, workers: list[Process]) -> float:
    """The workers stand still meanwhile, and begin when this returns."""
    with paused(*workers):
        return await outbox.emptied(EVENTS)


async def _projected(count: Count, before: int) -> float:
    started = time.perf_counter()
    await until(count, lambda entries: entries >= before + EVENTS)
    return EVENTS / (time.perf_counter() - started)


async def _commit(units: UnitsOfWork[SqlUnitOfWork]) -> None:
    events = list(_course())
    for start in range(0, EVENTS, AT_ONCE):
        async with units() as work:
            work.publish(*events[start : start + AT_ONCE])


def _course() -> Iterator[Outgoing]:
    """Bookings of offers of the learners' own tenants, each from request to completion, side by side."""
    bookings = [
        (
            TENANTS[n % len(TENANTS)],
            {"booking_id": uuid4(), "person_id": uuid4(), "offer_id": uuid4()},
        )
        for n in range(BOOKINGS)
    ]
    for sequence, made in enumerate((_requested, _confirmed, _completed), 1):
        for tenant_id, ids in bookings:
            booking = str(ids["booking_id"])
            yield Outgoing(made(tenant_id, ids), tenant_id, booking, sequence, Cause(booking))


def _requested(tenant_id: UUID, ids: dict[str, UUID]) -> Event:
    return BookingRequestedV1(
        **ids, offer_kind="workshop", provider_id=tenant_id, programme_id=None
    )


def _confirmed(_tenant_id: UUID, ids: dict[str, UUID]) -> Event:
    return BookingConfirmedV1(**ids)


def _completed(tenant_id: UUID, ids: dict[str, UUID]) -> Event:
    return ParticipationCompletedV1(
        **ids,
        provider_id=tenant_id,
        provider_name="Musterstadt",
        completed_at=datetime.now(UTC),
        achievement=_ACHIEVEMENT,
    )


@asynccontextmanager
async def _catalogue(stack: Stack) -> AsyncIterator[UnitsOfWork[SqlUnitOfWork]]:
    engine = create_engine(settings_of(stack, "catalogue"))
    yield units_of_work(engine, SqlUnitOfWork, source="/catalogue")
    await engine.dispose()


@asynccontextmanager
async def _counting(stack: Stack) -> AsyncIterator[Count]:
    """How many entries all logs have."""
    url = stack.service_environment("feed")["DATABASE_URL"].replace("+asyncpg", "")
    connection = await asyncpg.connect(url, server_settings={"app.operator": "on"})

    async def count() -> int:
        return int(await connection.fetchval(_COUNT))

    try:
        yield count
    finally:
        await connection.close()
