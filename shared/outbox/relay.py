"""From the outbox to Kafka, downhill: claim lanes, read what waits, send it by partition, strike it.

What is guaranteed:

- Nothing is lost: a row is struck only after the broker has acknowledged it on all in-sync replicas.
- An event arrives after those of its key that came before it, whatever relays stall or die. Reads
  go by what is pending, never by a highest id (a lower one may commit later); the next batch of a
  partition leaves only when the one before is acknowledged; and a relay that takes a lane over
  begins with the first event that is not struck. So a stalled relay can repeat events, never
  overtake with them; whoever reads knows repeated ones by their id.
- A relay sends nothing on a lane that may be another's: before each request, repeated ones too, it
  checks that its lease lasts MARGIN_SECONDS longer. What it handed to the network before that may
  arrive later if the broker stalls: only a repetition can come of it, see above.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from random import uniform

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from shared.database.outage import LOST_SESSION
from shared.messaging.producer import create_producer
from shared.outbox.backlog import Backlog
from shared.outbox.flight import Flight, as_array
from shared.outbox.lanes import Lanes, LanesLostError
from shared.outbox.store import CHANNEL
from shared.outbox.withheld import Withheld
from shared.settings import Settings

log = logging.getLogger(__name__)

BATCH_ROWS = 4_000

BATCHES_IN_HAND = 2
#: A read has as many rows as make about so much, going by the size of those before; the first one has few.
READ_BYTES = 16 * 1024 * 1024
FIRST_ROWS = 200
POLL_SECONDS = 1.0
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.1, 10.0

# OFFSET 0 keeps the planner to one index look-up a row; without statistics it would read whole days.
_PENDING = """
SELECT p.id, p.topic, p.hash, e.content
FROM (
    SELECT id, day, topic, hash FROM outbox_pending AS p
    WHERE lane = ANY($1::smallint[]) AND id NOT IN (SELECT unnest($2::text::bigint[])) {but}
    ORDER BY id LIMIT $3
) AS p
CROSS JOIN LATERAL (
    SELECT prefix || data || headers AS content FROM outbox_event WHERE day = p.day AND id = p.id OFFSET 0
) AS e
ORDER BY p.id
"""
_BUT_WITHHELD = """
AND NOT (
    SELECT bool_or(p.topic = topic AND p.hash % count = number)
    FROM unnest($4::text[], $5::integer[], $6::integer[]) AS withheld(topic, number, count)
)
"""
# The order of ids comes from the index, however many rows wait and whatever the statistics say.
_SESSION = {"enable_seqscan": "off", "enable_bitmapscan": "off", "jit": "off"}

_OUTAGE = (KafkaError, LanesLostError, asyncpg.PostgresError, *LOST_SESSION)


class Relay:
    """One replica's share of a service's outbox. Run it as a task; cancel it to stop."""

    def __init__(self, settings: Settings, *, batch_rows: int = BATCH_ROWS) -> None:
        self._settings = settings
        self._batch_rows = batch_rows
        self._rows = min(batch_rows, FIRST_ROWS)
        self._lanes = Lanes()
        self._withheld = Withheld()
        self._backlog = Backlog()
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
                async with self.connected() as connections:
                    await self._relay(connections)

    def _wait(self) -> float:
        """Seconds until the next attempt: longer each time, but short again after a round that went well."""
        self._failures += 1
        return min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**self._failures) * uniform(0.5, 1.0)  # noqa: S311

    async def _relay(self, connections: "Connections") -> None:
        while True:
            self._wake.clear()
            relayed = await self.relay_pending(connections)
            self._failures = 0
            if not relayed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

    async def relay_pending(self, connections: "Connections") -> int:
        """One round: relay what waits until nothing does; returns how many events were relayed.

        Ends early when lanes are to be shared anew, or something withheld is to be tried again: both
        need empty hands. Raises what made a partition fail: the producer's state is in doubt then.
        """
        if self._lanes.is_renewal_due() or not self._lanes.is_share_fair:
            await self._lanes.claim(connections.reader)
        self._withheld.begin()
        flight = Flight(connections.producer, connections.writer)
        try:
            await self._fly(flight, connections.reader)
        except LanesLostError:
            self._lanes.forget()
            raise
        finally:
            await flight.land()
            self._withheld.end(flight.failed)
        for error in flight.failed.values():
            if not isinstance(error, UnknownTopicOrPartitionError):
                raise error
        return flight.relayed

    async def _fly(self, flight: Flight, reader: asyncpg.Connection) -> None:
        is_reading = True
        while is_reading or flight.is_under_way:
            if self._lanes.is_renewal_due():
                await self._lanes.renew(reader)
            await self._backlog.observe(reader)
            is_reading = is_reading and self._may_go_on(flight)
            if is_reading and len(flight.in_hand) < BATCHES_IN_HAND * self._rows:
                rows = await self._read(reader, flight.in_hand)
                await flight.add(rows)
                is_reading = bool(rows)
            else:
                await flight.progress()

    def _may_go_on(self, flight: Flight) -> bool:
        return self._lanes.is_share_fair and not flight.failed and not self._withheld.is_due()

    async def _read(
        self, reader: asyncpg.Connection, in_hand: Collection[int]
    ) -> list[asyncpg.Record]:
        query, values = _PENDING.format(but=""), [self._lanes.held, as_array(in_hand), self._rows]
        if left_out := self._withheld.left_out:
            query = _PENDING.format(but=_BUT_WITHHELD)
            values += map(list, zip(*left_out, strict=True))
        rows: list[asyncpg.Record] = await reader.fetch(query, *values)
        if size := sum(len(row["content"]) for row in rows):
            self._rows = max(1, min(self._batch_rows, READ_BYTES * len(rows) // size))
        return rows

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Connections"]:
        """Connections for rounds; when they close, this relay's lanes are left to others."""
        async with connect(self._settings, self._wake, self._lanes.may_send) as connections:
            try:
                yield connections
            finally:
                self._lanes.forget()
                with suppress(*_OUTAGE):
                    await self._lanes.release(connections.reader)


def _log_interruption(state: RetryCallState) -> None:
    log.warning("relay interrupted: %s", state.outcome and type(state.outcome.exception()).__name__)


@dataclass(frozen=True, slots=True)
class Connections:
    """What a relay works with; the writer's session also hears of new events."""

    reader: asyncpg.Connection
    writer: asyncpg.Connection
    producer: AIOKafkaProducer


@asynccontextmanager
async def connect(
    settings: Settings, wake: asyncio.Event, may_send: Callable[[], bool]
) -> AsyncIterator[Connections]:
    """Connections that set `wake` when events wait."""
    address = settings.database_url.replace("postgresql+asyncpg://", "postgresql://")
    async with AsyncExitStack() as stack:
        reader = await asyncpg.connect(address, server_settings=_SESSION)
        stack.push_async_callback(reader.close)
        writer = await asyncpg.connect(address, server_settings=_SESSION)
        stack.push_async_callback(writer.close)
        await writer.add_listener(CHANNEL, lambda *_: wake.set())
        producer = create_producer(settings, may_send)
        stack.push_async_callback(producer.stop)
        await producer.start()
        yield Connections(reader, writer, producer)
