"""From the commit of an event until it is seen: by Kafka, by a webhook and by server-sent events."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from deploy.local.stack import Stack
from services.catalogue.contracts.topics import CATALOGUE_EVENTS
from shared.messaging.connection import connection_options
from tests.bench.feed_receivers import endpoints
from tests.bench.feed_world import Sightings, World, feed_world
from tests.bench.report import Row
from tests.feed.http import Subscriber
from tests.isolation.world import bearer
from tests.support.kafka import settings_of

EVENTS = 200
RUNS = 5
PAUSE_SECONDS = 0.02
UNIT = "ms from commit; peer is until the feed itself could read it from Kafka"


async def measure(stack: Stack) -> list[Row]:
    """One event at a time; each way has a tenant of its own, all have the same events behind them."""
    async with feed_world(stack) as world, AsyncExitStack() as exits:
        inside = await exits.enter_async_context(_topic(stack, CATALOGUE_EVENTS.name))
        rows = []
        for name, way in (("kafka", _kafka), ("webhook", _webhook), ("sse", _sse)):
            async with way(world) as (subscriber, seen):
                rows += await _rows(world, name, subscriber, seen, inside)
        return rows


async def _rows(
    world: World, name: str, subscriber: Subscriber, seen: Sightings, inside: Sightings
) -> list[Row]:
    await _milliseconds(world, subscriber, seen, inside, 20)
    runs = [await _milliseconds(world, subscriber, seen, inside, EVENTS) for _ in range(RUNS)]
    return [
        Row.of(
            f"{name}-p{percent}",
            [_percentile(ours, percent) for ours, _ in runs],
            [_percentile(peer, percent) for _, peer in runs],
            UNIT,
        )
        for percent in (50, 99)
    ]


async def _milliseconds(
    world: World, subscriber: Subscriber, seen: Sightings, inside: Sightings, events: int
) -> tuple[list[float], list[float]]:
    ours, peer = [], []
    for _ in range(events):
        await asyncio.sleep(PAUSE_SECONDS)
        [booking] = await world.commit([subscriber.tenant_id])
        committed = time.perf_counter()
        ours.append((await seen.at(booking) - committed) * 1_000)
        peer.append((await inside.at(booking) - committed) * 1_000)
    return ours, peer


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


@asynccontextmanager
async def _kafka(world: World) -> AsyncIterator[tuple[Subscriber, Sightings]]:
    [subscriber] = await world.tenants(1)
    made = await subscriber.subscribe(way="kafka", types=["booking.confirmed.v1"], start="now")
    assert made.is_success, made.text
    [first] = await world.commit([subscriber.tenant_id])
    async with _topic(world.stack, f"tenant-{subscriber.tenant_id}") as seen:
        await seen.at(first)
        yield subscriber, seen


@asynccontextmanager
async def _webhook(world: World) -> AsyncIterator[tuple[Subscriber, Sightings]]:
    subscribers = await world.tenants(1)
    async with endpoints() as made:
        await made.subscribe(subscribers)
        yield subscribers[0], made.seen


@asynccontextmanager
async def _sse(world: World) -> AsyncIterator[tuple[Subscriber, Sightings]]:
    [subscriber] = await world.tenants(1)
    seen: Sightings = Sightings()
    headers = bearer("subscriber", subscriber.roles, str(subscriber.tenant_id))
    path = f"/v1/subscriptions/{subscriber.subscription_id}/stream"
    async with world.http.stream("GET", path, headers=headers, timeout=None) as answer:
        assert answer.status_code == httpx.codes.OK
        async with _noting(_lines(answer, seen)):
            yield subscriber, seen


async def _lines(answer: httpx.Response, seen: Sightings) -> None:
    async for line in answer.aiter_lines():
        if line.startswith("data: ") and '"subject":"' in line:
            subject = line.partition('"subject":"')[2].partition('"')[0]
            seen.note(subject)


@asynccontextmanager
async def _topic(stack: Stack, topic: str) -> AsyncIterator[Sightings]:
    """What is read of a topic; as the administrator, whose rights change nothing about the way."""
    password = SecretStr(stack.admin_password("kafka"))
    settings = settings_of(stack, "feed").model_copy(
        update={"kafka_username": "admin", "kafka_password": password}
    )
    options = {**connection_options(settings), "auto_offset_reset": "earliest"}
    seen: Sightings = Sightings()
    consumer = AIOKafkaConsumer(topic, **options, fetch_max_wait_ms=1_000)
    async with consumer, _noting(_records(consumer, seen)):
        yield seen


async def _records(consumer: AIOKafkaConsumer, seen: Sightings) -> None:
    async for record in consumer:
        subject = dict(record.headers).get("ce_subject", b"").decode()
        seen.note(subject)


@asynccontextmanager
async def _noting(noting: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(noting)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
