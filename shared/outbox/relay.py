"""From the outbox to Kafka: take a batch, send it, await once, strike what was acknowledged."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from random import uniform
from uuid import uuid4

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from shared.messaging.producer import Record, Sent, create_producer, send
from shared.outbox import lanes
from shared.outbox.store import CHANNEL
from shared.settings import Settings
from shared.telemetry.metrics import RELAY_ERRORS, RELAYED

log = logging.getLogger(__name__)

BATCH_ROWS = 2_000
POLL_SECONDS = 1.0
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.1, 10.0

# Ids are no cursor: a lower one may commit later, and must leave before the next of its key.
# OFFSET 0 keeps the planner to one index look-up a row; without statistics it would read whole days.
_PENDING = """
SELECT p.id, e.topic, e.key, e.headers, e.data
FROM (
    SELECT id, day FROM outbox_pending
    WHERE lane = ANY($1::smallint[]) AND id NOT IN (SELECT unnest($2::bigint[])) ORDER BY id LIMIT $3
) AS p
CROSS JOIN LATERAL (
    SELECT topic, key, headers, data FROM outbox_event WHERE day = p.day AND id = p.id OFFSET 0
) AS e
ORDER BY p.id
"""
_STRIKE = "DELETE FROM outbox_pending WHERE id = ANY($1::bigint[])"

_OUTAGE = (KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Relay:
    """One replica's share of a service's outbox. Run it as a task; cancel it to stop."""

    def __init__(self, settings: Settings, *, batch_rows: int = BATCH_ROWS) -> None:
        self._settings = settings
        self._batch_rows = batch_rows
        self._owner = uuid4()
        self._lanes: list[int] = []
        self._lanes_known_until = 0.0
        self._wake = asyncio.Event()
        self._failures = 0

    async def run(self) -> None:
        """Relay until cancelled; an outage of the broker or the database is waited out."""
        outage = AsyncRetrying(
            retry=retry_if_exception_type(_OUTAGE),
            wait=lambda _: self._wait(),
            before_sleep=_log_interruption,
        )
        async for attempt in outage:
            with attempt:
                async with connect(self._settings, self._wake) as connections:
                    await self._relay(connections)

    def _wait(self) -> float:
        """Seconds until the next attempt: longer each time, but short again after a round that went well."""
        self._failures += 1
        return min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**self._failures) * uniform(0.5, 1.0)  # noqa: S311

    async def _relay(self, connections: "Connections") -> None:
        try:
            while True:
                self._wake.clear()
                relayed = await self.relay_pending(connections)
                self._failures = 0
                if not relayed:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
        finally:
            with suppress(*_OUTAGE):
                await self.release_lanes(connections)

    async def release_lanes(self, connections: "Connections") -> None:
        """Leave this relay's lanes to others."""
        self._lanes_known_until = 0.0
        await lanes.release(connections.reader, self._owner)

    async def relay_pending(self, connections: "Connections") -> int:
        """Relay what waits now; returns how many events the broker acknowledged.

        While a batch is sent, the next one is read and the one before is struck. Raises what made a
        partition fail; its events stay pending, and what was read ahead is read again.
        """
        relayed, being_struck = 0, list[int]()
        strikes = _Strikes(connections.writer)
        await self._keep_lanes(connections.reader)
        reading = asyncio.create_task(self._read(connections.reader, []))
        try:
            while rows := await reading:
                ids = [row["id"] for row in rows]
                if not await self._keep_lanes(connections.reader):
                    break  # some of what was read is another relay's by now
                reading = asyncio.create_task(self._read(connections.reader, being_struck + ids))
                sent = await send(connections.producer, [_record(row) for row in rows])
                await strikes.add(sent.acknowledged)
                being_struck = sent.acknowledged
                relayed += len(sent.acknowledged)
                _report(sent)
                if len(sent.acknowledged) < len(rows):
                    break  # what did not fit comes first, before what was read ahead
            await strikes.done()
        finally:
            await asyncio.gather(reading, strikes.done(), return_exceptions=True)
        return relayed

    async def _read(
        self, reader: asyncpg.Connection, in_hand: Sequence[int]
    ) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await reader.fetch(
            _PENDING, self._lanes, in_hand, self._batch_rows
        )
        return rows

    async def _keep_lanes(self, reader: asyncpg.Connection) -> bool:
        """Claim lanes when it is time; whether none that was held is lost."""
        held = set(self._lanes)
        now = asyncio.get_running_loop().time()
        if now >= self._lanes_known_until:
            self._lanes = await lanes.claim(reader, self._owner)
            self._lanes_known_until = now + lanes.RENEW_SECONDS
        return held <= set(self._lanes)


class _Strikes:
    """Strikes one batch at a time, while the caller goes on."""

    def __init__(self, writer: asyncpg.Connection) -> None:
        self._writer = writer
        self._last: asyncio.Task[str] | None = None

    async def add(self, ids: Sequence[int]) -> None:
        """Begin to strike, once the strike before has ended."""
        await self.done()
        self._last = asyncio.create_task(self._writer.execute(_STRIKE, ids))

    async def done(self) -> None:
        """Wait until everything added is struck."""
        if self._last:
            await self._last


def _report(sent: Sent) -> None:
    """A failed partition's events stay pending; raising rebuilds the producer, whose state is in doubt."""
    RELAYED.add(len(sent.acknowledged))
    if sent.errors:
        RELAY_ERRORS.add(len(sent.errors))
        raise sent.errors[0]


def _log_interruption(state: RetryCallState) -> None:
    log.warning("relay interrupted: %s", state.outcome and type(state.outcome.exception()).__name__)


def _record(row: asyncpg.Record) -> Record:
    headers = orjson.loads(row["headers"])
    return Record(
        id=row["id"],
        topic=row["topic"],
        key=row["key"].encode(),
        value=row["data"],
        headers=[(name, value.encode()) for name, value in headers.items()],
    )


@dataclass(frozen=True, slots=True)
class Connections:
    """What one run of the relay works with; the writer's session also hears of new events."""

    reader: asyncpg.Connection
    writer: asyncpg.Connection
    producer: AIOKafkaProducer


@asynccontextmanager
async def connect(settings: Settings, wake: asyncio.Event) -> AsyncIterator[Connections]:
    """Connections that set `wake` when events wait."""
    address = settings.database_url.replace("postgresql+asyncpg://", "postgresql://")
    async with AsyncExitStack() as stack:
        reader = await asyncpg.connect(address)
        stack.push_async_callback(reader.close)
        writer = await asyncpg.connect(address)
        stack.push_async_callback(writer.close)
        await writer.add_listener(CHANNEL, lambda *_: wake.set())
        producer = create_producer(settings)
        stack.push_async_callback(producer.stop)
        await producer.start()
        yield Connections(reader, writer, producer)
