"""Events projected into the logs of a thousand tenants, over the rate of the relay that brings them to Kafka."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
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
from shared.envelope import Event
from tests.bench.relay import empty_outbox
from tests.bench.report import Row
from tests.support.kafka import publishing, settings_of
from tests.support.processes import Process, running
from tests.support.waiting import until

TENANTS = [uuid4() for _ in range(1_000)]
BOOKINGS = 20_000
EVENTS = 3 * BOOKINGS
RUNS = 5

_COUNT = "SELECT COALESCE(sum(position), 0)::bigint FROM tenant_feed"
_ACHIEVEMENT = AchievementV1(
    name="Datenschutz in der Personalverwaltung",
    description="Grundlagen des Datenschutzes für alle, die mit Personalakten arbeiten.",
    criteria="Teilnahme an beiden Tagen und eine bestandene Abschlussaufgabe.",
    competences=("Datenschutz", "Personalrecht"),
    duration_minutes=480,
)


async def measure(stack: Stack) -> Row:
    """Events a second, ours by a worker's process, run by run; the first is for warmth."""
    ours, peer = [], []
    async with empty_outbox(settings_of(stack, "voucher")) as outbox:
        for _ in range(1 + RUNS):
            peer.append(await outbox.relayed(EVENTS))
            ours.append(await _projected(stack))
    return Row.of("projection", ours[1:], peer[1:], "events/s")


async def _projected(stack: Stack) -> float:
    """A worker starts with all events waiting: from the first that is in a log until the last."""
    await _publish(stack)
    async with _counting(stack) as count:
        before = await count()
        with running(Process(stack, "feed")):
            first = await until(count, lambda entries: entries > before)
            started = time.perf_counter()
            await until(count, lambda entries: entries >= before + EVENTS)
            return (before + EVENTS - first) / (time.perf_counter() - started)


async def _publish(stack: Stack) -> None:
    async with publishing(stack, "catalogue") as publisher:
        for tenant_id, booking_id, sequence, event in _course():
            await publisher.publish(event, tenant_id, booking_id, sequence=sequence)
        await publisher.flush()


def _course() -> Iterator[tuple[UUID, UUID, int, Event]]:
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
            yield tenant_id, ids["booking_id"], sequence, made(tenant_id, ids)


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
async def _counting(stack: Stack) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """How many entries all logs have."""
    url = stack.service_environment("feed")["DATABASE_URL"].replace("+asyncpg", "")
    connection = await asyncpg.connect(url, server_settings={"app.operator": "on"})

    async def count() -> int:
        return int(await connection.fetchval(_COUNT))

    try:
        yield count
    finally:
        await connection.close()
