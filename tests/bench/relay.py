"""How fast the relay is: over a raw producer, with one hot key, a million waiting, two workers, and idle."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
from aiokafka import AIOKafkaConsumer

from deploy.local.stack import Stack
from shared.messaging.connection import connection_options
from shared.outbox.relay import Connections, Relay
from shared.outbox.tables import LANES
from shared.settings import Settings
from tests.bench.filling import TOPIC, LimitedRelay, fill, raw_rate
from tests.bench.report import Row
from tests.support.kafka import settings_of
from tests.support.relaying import relay_process
from tests.support.waiting import until

EVENTS = 60_000
MILLION = 1_000_000
RUNS = 5
IDLE_EVENTS = 200
IDLE_TARGET_MILLISECONDS = 50.0
IDLE_SECONDS = 0.01


@dataclass
class Outbox:
    """An outbox to fill, and a relay to empty it by hand."""

    settings: Settings
    relay: LimitedRelay
    connections: Connections

    async def relayed(self, events: int, *, keys: int = 3_000) -> float:
        """Events a second, of as many as are filled in before."""
        await fill(self.connections.writer, events, keys=keys)
        return await self.emptied(events)

    async def emptied(self, events: int) -> float:
        """Events a second, of as many as wait."""
        sent, started = 0, time.perf_counter()
        while sent < events:
            sent += await self.relay.relay_pending(self.connections)
        return sent / (time.perf_counter() - started)


@asynccontextmanager
async def outbox_of(settings: Settings) -> AsyncIterator[Outbox]:
    """A service's."""
    relay = LimitedRelay(settings)
    async with relay.connected() as connections:
        yield Outbox(settings, relay, connections)


@asynccontextmanager
async def empty_outbox(settings: Settings) -> AsyncIterator[Outbox]:
    """Empty, and with everything warm."""
    async with outbox_of(settings) as outbox:
        await outbox.connections.writer.execute("DELETE FROM outbox_pending")
        for _ in range(2):
            await raw_rate(settings, EVENTS // 2)
            await outbox.relayed(EVENTS // 2)
        yield outbox


async def measure(settings: Settings) -> Row:
    """Events a second, ours over the raw producer's."""
    async with empty_outbox(settings) as outbox:
        return await over_raw(outbox)


async def over_raw(outbox: Outbox) -> Row:
    """Over a raw producer, see there."""
    ours, peer = [], []
    for _ in range(RUNS):
        peer.append(await raw_rate(outbox.settings, EVENTS))
        ours.append(await outbox.relayed(EVENTS))
    return Row.of("relay", ours, peer, "events/s")


async def hot(outbox: Outbox) -> Row:
    """One key over many."""
    ours, peer = [], []
    for _ in range(RUNS):
        peer.append(await outbox.relayed(EVENTS))
        ours.append(await outbox.relayed(EVENTS, keys=1))
    return Row.of("hot-aggregate", ours, peer, "events/s")


async def million(outbox: Outbox) -> Row:
    """Rounds of as many events with more than a million behind them; the peer's have nothing behind them."""
    relay, connections = outbox.relay, outbox.connections
    peer = [await outbox.relayed(EVENTS) for _ in range(RUNS)]
    await fill(connections.writer, MILLION + RUNS * 2 * EVENTS)
    ours, relay.limit = [], EVENTS
    for _ in range(RUNS):
        started = time.perf_counter()
        sent = await relay.relay_pending(connections)
        ours.append(sent / (time.perf_counter() - started))
    relay.limit = 0
    await connections.writer.execute("DELETE FROM outbox_pending")
    return Row.of("backlog-1m", ours, peer, "events/s")


async def idle(stack: Stack, settings: Settings) -> Row:
    """From the return of commit until a consumer has the event: a little more than until the broker has it."""
    p99s = []
    async with AsyncExitStack() as exits:
        reader = connection_options(settings_of(stack, "catalogue"))
        consumer = AIOKafkaConsumer(TOPIC, **reader, fetch_max_wait_ms=1_000)
        await exits.enter_async_context(consumer)
        connection = await _connected(settings, exits)
        await exits.enter_async_context(_running(Relay(settings)))
        for _ in range(20):
            await _milliseconds(consumer, connection)
        for _ in range(RUNS):
            each = [await _milliseconds(consumer, connection) for _ in range(IDLE_EVENTS)]
            p99s.append(statistics.quantiles(each, n=100)[98])
    return Row.of("idle-p99-ms", p99s, [IDLE_TARGET_MILLISECONDS] * RUNS, "ms; peer is the bound")


async def _milliseconds(consumer: AIOKafkaConsumer, connection: asyncpg.Connection) -> float:
    await asyncio.sleep(IDLE_SECONDS)
    await fill(connection, 1, keys=1)
    started = time.perf_counter()
    await consumer.getone()
    return (time.perf_counter() - started) * 1_000


async def two_workers(stack: Stack, settings: Settings) -> Row:
    """Processes of their own; first all runs with one, then all with two."""
    async with AsyncExitStack() as exits:
        connection = await _connected(settings, exits)
        exits.enter_context(relay_process(stack, "voucher"))
        one = await _drained(connection, [LANES])
        exits.enter_context(relay_process(stack, "voucher"))
        two = await _drained(connection, [LANES // 2, LANES // 2])
    return Row.of("two-workers", two, one, "events/s")


async def _drained(connection: asyncpg.Connection, shares: list[int]) -> list[float]:
    """Rates from commit until nothing is pending; the first run is for warmth alone."""

    async def held() -> list[int]:
        query = "SELECT count(*) FROM outbox_lane WHERE leased_until > now() GROUP BY owner"
        return [row["count"] for row in await connection.fetch(query)]

    async def is_pending() -> bool:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM outbox_pending)"))

    await until(held, lambda counts: counts == shares)
    rates = []
    for _ in range(1 + RUNS):
        await fill(connection, 2 * EVENTS)
        started = time.perf_counter()
        await until(is_pending, lambda pending: not pending)
        rates.append(2 * EVENTS / (time.perf_counter() - started))
    return rates[1:]


async def _connected(settings: Settings, stack: AsyncExitStack) -> asyncpg.Connection:
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    stack.push_async_callback(connection.close)
    return connection


@asynccontextmanager
async def _running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
