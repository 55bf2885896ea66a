"""The relay on Kafka and PostgreSQL: what was appended arrives once and in order, whatever is lost meanwhile."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from deploy.local.stack import Stack
from shared.database.engine import transaction
from shared.database.unit_of_work import SqlUnitOfWork, units_of_work
from shared.envelope import Cause, Envelope
from shared.messaging.connection import connection_options
from shared.messaging.producer import Sent, send
from shared.outbox import lanes
from shared.outbox import relay as relay_module
from shared.outbox.relay import Connections, Relay, connect
from shared.outbox.store import MAX_EVENT_BYTES, append, lane_of
from shared.outbox.tables import LANES
from shared.settings import Settings
from tests.conftest import EngineFor
from tests.shared.toys import NOW, TOPIC, NotedV1, outgoing
from tests.support.kafka import settings_of
from tests.support.waiting import until

AGGREGATES = 7

_FREE = "UPDATE outbox_lane SET owner = NULL, leased_until = '-infinity'"
_FORGET = "DELETE FROM outbox_relay"
_HELD = "SELECT owner, count(*) FROM outbox_lane WHERE owner IS NOT NULL GROUP BY owner"
_RELAYS = "SELECT count(*) FROM outbox_relay"
_KEPT = "SELECT count(*) FROM outbox_event WHERE tenant_id = :id"
_PENDING = (
    "SELECT count(*) FROM outbox_event e JOIN outbox_pending p USING (id, day, lane)"
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
        notes = _notes_by_key(arrived)
        assert sum(map(len, notes.values())) == self.appended
        assert sorted(note for each in notes.values() for note in each) == list(
            range(self.appended)
        )
        assert all(each == sorted(each) for each in notes.values())


def _notes_by_key(arrived: Sequence[Envelope]) -> dict[str, list[int]]:
    notes = defaultdict(list)
    for each in arrived:
        notes[each.key].append(int(NotedV1.model_validate_json(each.data).note))
    return notes


def _first_arrivals(arrived: Sequence[Envelope]) -> list[Envelope]:
    """What a consumer's inbox makes of it: a repeated event is known."""
    return list({each.id: each for each in arrived}.values())


@pytest_asyncio.fixture(loop_scope="session")
async def outbox(platform: Stack, engine_for: EngineFor) -> AsyncIterator[Outbox]:
    """Voucher's outbox, with every lane free before and after."""
    each = Outbox(platform, engine_for("voucher"), settings_of(platform, "voucher"))
    await each.free_lanes()
    yield each
    await each.free_lanes()


@asynccontextmanager
async def relaying(
    settings: Settings, *, batch_rows: int = 10
) -> AsyncIterator[asyncio.Task[None]]:
    """A relay that runs; it is cancelled at the end."""
    task = asyncio.create_task(Relay(settings, batch_rows=batch_rows).run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def stepping(outbox: Outbox, relay: Relay) -> AsyncIterator[Connections]:
    """Connections to relay by hand, with nothing of other tests left to relay."""
    async with connect(outbox.settings, asyncio.Event()) as connections:
        while await relay.relay_pending(connections):
            pass
        yield connections


async def test_everything_appended_arrives_once_and_in_order(outbox: Outbox) -> None:
    for _ in range(4):
        await outbox.append(50)
    async with relaying(outbox.settings, batch_rows=17):
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()


async def test_what_was_relayed_stays_for_a_replay(outbox: Outbox) -> None:
    await outbox.append(30)
    async with relaying(outbox.settings):
        await outbox.is_relayed()
    assert await outbox.count(_KEPT) == 30


async def test_an_event_arrives_as_it_was_sealed(outbox: Outbox) -> None:
    cause = Cause("story", "before", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    event = outgoing(NotedV1(note="größe"), outbox.tenant_id, "toy:1", sequence=7)
    sent = replace(event, cause=cause)
    async with transaction(outbox.engine) as connection:
        (event_id,) = await append(connection, [sent], source="/toy", now=NOW)
    async with relaying(outbox.settings):
        await outbox.is_relayed()
    (record,) = await outbox.records()
    expected = replace(Envelope.seal(sent, source="/toy", time=NOW), id=event_id)
    assert Envelope.parse(record.headers, record.key, record.value) == expected
    assert {name: value.decode() for name, value in record.headers} == expected.headers()


async def test_what_does_not_fit_into_one_batch_is_sent_in_the_next(outbox: Outbox) -> None:
    large = "x" * (MAX_EVENT_BYTES - 100)
    events = [
        outgoing(NotedV1(note=f"{n}{large}"), outbox.tenant_id, "large", sequence=n)
        for n in range(5)
    ]
    relay = Relay(outbox.settings, batch_rows=4)  # reads the last one ahead
    async with stepping(outbox, relay) as connections:
        async with transaction(outbox.engine) as connection:
            ids = await append(connection, events, source="/toy", now=NOW)
        rounds = [await relay.relay_pending(connections) for _ in range(3)]
    assert rounds == [3, 2, 0]
    assert [each.id for each in await outbox.arrived()] == ids


async def test_events_appended_meanwhile_arrive(outbox: Outbox) -> None:
    async with relaying(outbox.settings, batch_rows=5):
        for _ in range(30):
            await outbox.append(10)
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()


class Watched(Relay):
    """A relay with a word before each of its reads, as long as there are some."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.before_reads: list[Callable[[], Awaitable[object]]] = []

    async def _read(self, reader: asyncpg.Connection, *rest: Any) -> list[asyncpg.Record]:
        if self.before_reads:
            await self.before_reads.pop(0)()
        return await super()._read(reader, *rest)


async def test_an_event_that_committed_late_keeps_its_place_before_the_next_of_its_key(
    outbox: Outbox,
) -> None:
    async def put(connection: AsyncConnection, aggregate: str) -> None:
        event = NotedV1(note=str(outbox.appended))
        outbox.appended += 1
        await append(
            connection, [outgoing(event, outbox.tenant_id, aggregate)], source="/toy", now=NOW
        )

    relay = Watched(outbox.settings)
    async with stepping(outbox, relay) as connections, outbox.engine.connect() as late:
        await put(late, "late")
        async with transaction(outbox.engine) as connection:
            await put(connection, "other")

        async def commit_and_go_on() -> None:
            await late.commit()
            async with transaction(outbox.engine) as connection:
                await put(connection, "late")

        relay.before_reads = [outbox.pending, commit_and_go_on]
        while await relay.relay_pending(connections):
            pass
    await outbox.assert_all_arrived_once()


async def test_a_lane_given_up_after_a_read_is_left_to_its_new_relay(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, another = Watched(outbox.settings), uuid4()
    async with stepping(outbox, relay) as connections:
        await outbox.append(200, aggregates=100)
        monkeypatch.setattr(lanes, "RENEW_SECONDS", 0.0)
        relay._lanes_known_until = 0.0
        relay.before_reads = [lambda: lanes.claim(connections.writer, another)]
        while sum((await outbox.held()).values()) == LANES:
            await relay.relay_pending(connections)
        assert await outbox.pending() == 200, "it learns of the other one before it sends"
        theirs = set(await lanes.claim(connections.writer, another))
        sent = 0
        while count := await relay.relay_pending(connections):
            sent += count
    arrived = await outbox.arrived()
    assert 0 < len(arrived) == sent < 200
    assert theirs.isdisjoint(lane_of(each.key) for each in arrived)


async def test_two_relays_share_the_lanes_and_keep_the_order(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "RENEW_SECONDS", 0.0)
    await outbox.append(200)
    async with relaying(outbox.settings), relaying(outbox.settings):
        while sorted((await outbox.held()).values()) != [LANES // 2] * 2:
            await outbox.append(20)
        await outbox.is_relayed()
        settled = outbox.appended
        for _ in range(5):
            await outbox.append(40, aggregates=29)
        await outbox.is_relayed()
    arrived = await outbox.arrived()
    await outbox.assert_arrived(_first_arrivals(arrived))
    later = [note for notes in _notes_by_key(arrived).values() for note in notes if note >= settled]
    assert len(later) == outbox.appended - settled, "with the lanes shared, nothing is sent twice"


@pytest.mark.parametrize("is_writer", [False, True], ids=["reader", "writer"])
async def test_a_relay_whose_session_ended_goes_on(outbox: Outbox, *, is_writer: bool) -> None:
    name = f"relay-{uuid4()}"
    url = f"{outbox.settings.database_url}?application_name={name}"
    async with relaying(outbox.settings.model_copy(update={"database_url": url})):
        await outbox.append(20)
        await outbox.is_relayed()
        assert await outbox.terminate(name, is_writer=is_writer) == 1
        await outbox.append(5)
        await outbox.is_relayed(seconds=15)
    await outbox.assert_arrived(_first_arrivals(await outbox.arrived()))


async def test_what_the_broker_did_not_take_is_sent_again_by_another_producer(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    producers: list[Any] = []

    async def refuse_twice(producer: Any, records: Sequence[Any]) -> Sent:
        if producer not in producers:
            producers.append(producer)
        if len(producers) > 2:
            return await send(producer, records)
        sent = await send(producer, records[:3])
        return Sent(sent.acknowledged, [KafkaTimeoutError()])

    monkeypatch.setattr(relay_module, "send", refuse_twice)
    await outbox.append(40)
    async with relaying(outbox.settings):
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()
    assert len(producers) == 3, "the state of one that failed is in doubt"


async def test_an_idle_relay_is_woken_by_an_event(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 60.0)
    async with relaying(outbox.settings):
        await outbox.append(1)
        await outbox.is_relayed()
        for _ in range(3):
            await outbox.append(1)
            await outbox.is_relayed(seconds=5)


async def test_a_relay_that_heard_nothing_looks_by_itself(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CHANNEL", "another")
    async with relaying(outbox.settings):
        await outbox.append(1)
        await outbox.is_relayed()
        await outbox.append(1)
        await outbox.is_relayed(seconds=10)


async def test_a_cancelled_relay_leaves_its_lanes_and_its_work_to_another(outbox: Outbox) -> None:
    await outbox.append(1_000)
    async with relaying(outbox.settings):
        await until(outbox.pending, lambda count: count < 1_000)
        assert sum((await outbox.held()).values()) == LANES
    assert (await outbox.held(), await outbox.count(_RELAYS)) == ({}, 0)
    assert await outbox.pending() > 0, "it was cancelled at work"
    async with relaying(outbox.settings, batch_rows=1_000):
        await outbox.is_relayed(seconds=lanes.LEASE_SECONDS / 2)
    await outbox.assert_arrived(_first_arrivals(await outbox.arrived()))
