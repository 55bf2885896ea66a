"""What tests of the relay work with: an outbox of a tenant of its own, and relays to watch."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.stack import Stack
from shared.database.engine import transaction
from shared.database.unit_of_work import SqlUnitOfWork, units_of_work
from shared.envelope import Envelope
from shared.messaging.connection import connection_options
from shared.outbox.relay import Connections, Relay
from shared.settings import Settings
from tests.shared.toys import NOW, TOPIC, NotedV1, outgoing
from tests.support.waiting import until

AGGREGATES = 7

_FREE = "UPDATE outbox_lane SET owner = NULL, leased_until = '-infinity'"
_FORGET = "DELETE FROM outbox_relay"
_HELD = "SELECT owner, count(*) FROM outbox_lane WHERE owner IS NOT NULL GROUP BY owner"
RELAYS = "SELECT count(*) FROM outbox_relay"
KEPT = "SELECT count(*) FROM outbox_event WHERE tenant_id = :id"
_PENDING = (
    "SELECT count(*) FROM outbox_event e JOIN outbox_pending p USING (id, day)"
    " WHERE e.tenant_id = :id"
)
_TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"
    " AND (query ILIKE 'LISTEN%' OR query ILIKE 'DELETE FROM outbox_pending%') = :is_writer"
)


@dataclass
class Outbox:
    """A tenant of its own, whose events are appended here and looked for on the topic."""

    stack: Stack
    engine: AsyncEngine
    settings: Settings
    tenant_id: UUID = field(default_factory=uuid4)
    appended: int = 0

    async def append(self, count: int, *, aggregates: int = AGGREGATES) -> None:
        """Events of several keys, in one transaction; each notes its number."""
        units = units_of_work(self.engine, SqlUnitOfWork, source="/toy", clock=lambda: NOW)
        async with units([self.tenant_id]) as work:
            for _ in range(count):
                event = NotedV1(note=str(self.appended))
                work.publish(outgoing(event, self.tenant_id, str(self.appended % aggregates)))
                self.appended += 1

    async def count(self, query: str) -> int:
        async with transaction(self.engine) as connection:
            return int((await connection.execute(text(query), {"id": self.tenant_id})).scalar_one())

    async def pending(self) -> int:
        return await self.count(_PENDING)

    async def is_relayed(self, *, seconds: float = 30.0) -> None:
        """Wait until the broker has acknowledged everything."""
        await until(self.pending, lambda count: count == 0, seconds=seconds)

    async def held(self) -> dict[UUID, int]:
        """How many lanes each relay has."""
        async with transaction(self.engine) as connection:
            return {row[0]: row[1] for row in await connection.execute(text(_HELD))}

    async def terminate(self, application: str, *, is_writer: bool) -> int:
        """End a relay's session; returns how many there were."""
        values = {"name": application, "is_writer": is_writer}
        async with transaction(self.engine) as connection:
            return len((await connection.execute(text(_TERMINATE), values)).all())

    @asynccontextmanager
    async def session(self) -> AsyncIterator[asyncpg.Connection]:
        """A session of another relay."""
        session = await asyncpg.connect(self.settings.database_url.replace("+asyncpg", ""))
        try:
            yield session
        finally:
            await session.close()

    async def free_lanes(self) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(text(_FREE))
            await connection.execute(text(_FORGET))

    async def records(self) -> list[Any]:
        """The tenant's records that the topic has now, each partition's in order."""
        admin = {
            "kafka_username": "admin",
            "kafka_password": SecretStr(self.stack.admin_password("kafka")),
        }
        options = connection_options(self.settings.model_copy(update=admin))
        found: list[Any] = []
        async with AIOKafkaConsumer(**options, auto_offset_reset="earliest") as consumer:
            await consumer._client._wait_on_metadata(TOPIC)
            partitions = [
                TopicPartition(TOPIC, n) for n in consumer.partitions_for_topic(TOPIC) or ()
            ]
            consumer.assign(partitions)
            for partition, end in (await consumer.end_offsets(partitions)).items():
                while await consumer.position(partition) < end:
                    batches = await consumer.getmany(partition, timeout_ms=500)
                    found += [record for batch in batches.values() for record in batch]
        return [record for record in found if record.key.startswith(str(self.tenant_id).encode())]

    async def arrived(self) -> list[Envelope]:
        """The tenant's events that arrived, as often as they did."""
        return [Envelope.parse(each.headers, each.key, each.value) for each in await self.records()]

    async def assert_all_arrived_once(self) -> None:
        await self.assert_arrived(await self.arrived())

    async def assert_arrived(self, arrived: Sequence[Envelope]) -> None:
        """Everything appended, once, and each key's in order."""
        notes = notes_by_key(arrived)
        assert sum(map(len, notes.values())) == self.appended
        assert sorted(note for each in notes.values() for note in each) == list(
            range(self.appended)
        )
        assert all(each == sorted(each) for each in notes.values())


def notes_by_key(arrived: Sequence[Envelope]) -> dict[str, list[int]]:
    notes = defaultdict(list)
    for each in arrived:
        notes[each.key].append(int(NotedV1.model_validate_json(each.data).note))
    return notes


def first_arrivals(arrived: Sequence[Envelope]) -> list[Envelope]:
    """What a consumer's inbox makes of it: a repeated event is known."""
    return list({each.id: each for each in arrived}.values())


@asynccontextmanager
async def relaying(
    settings: Settings, *, batch_rows: int = 10, relay: Relay | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """A relay that runs; it is cancelled at the end."""
    relay = relay or Relay(settings, batch_rows=batch_rows)
    task = asyncio.create_task(relay.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def stepping(relay: Relay) -> AsyncIterator[Connections]:
    """Connections to relay by hand, with nothing of other tests left to relay."""
    async with relay.connected() as connections:
        while await relay.relay_pending(connections):
            pass
        yield connections


class Watched(Relay):
    """A relay with a word before and after each of its reads, as long as there are some."""

    def __init__(self, settings: Settings, *, batch_rows: int = 1_000) -> None:
        super().__init__(settings, batch_rows=batch_rows)
        self.before_reads: list[Callable[[], Awaitable[object]]] = []
        self.after_reads: list[Callable[[], Awaitable[object]]] = []

    async def _read(self, *args: Any) -> list[asyncpg.Record]:
        if self.before_reads:
            await self.before_reads.pop(0)()
        rows = await super()._read(*args)
        if self.after_reads:
            await self.after_reads.pop(0)()
        return rows
