"""Events handled once: ours in batches with dedup, the peer an ordinary consumer, one transaction each."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer
from sqlalchemy import text

from deploy.local.stack import Stack
from services.catalogue.contracts.topics import CATALOGUE_EVENTS
from services.voucher.contracts.topics import VOUCHER_EVENTS
from shared.database.engine import create_engine
from shared.database.unit_of_work import SqlUnitOfWork, units_of_work
from shared.envelope import Envelope, Event, Outgoing, Received
from shared.inbox.consumer import BatchConsumer
from shared.messaging.connection import connection_options, create_broker
from shared.messaging.producer import hash_of
from shared.messaging.records import encode_headers, encode_prefix
from shared.messaging.subscriber import subscribe
from shared.settings import Settings
from tests.bench.filling import HEADERS, key_of
from tests.bench.report import Row
from tests.support.kafka import publishing, settings_of

EVENTS = 3_000
KEY = key_of(1)
RUNS = 5
TOPIC = CATALOGUE_EVENTS.name


class AskedV1(Event):
    """What is consumed."""

    TYPE: ClassVar[str] = "bench.asked.v1"
    TOPIC: ClassVar[str] = TOPIC

    note: str


class AnsweredV1(Event):
    """What is published in answer."""

    TYPE: ClassVar[str] = "bench.answered.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name

    note: str


_WRITE = "INSERT INTO bench_answer (tenant_id, event_id, note) VALUES ($1, $2, $3)"
_WRITE_ALL = text(
    "INSERT INTO bench_answer (tenant_id, event_id, note)"
    " SELECT * FROM unnest(CAST(:tenants AS uuid[]), CAST(:ids AS uuid[]), CAST(:notes AS text[]))"
)
_PUBLISH = """
WITH event AS (
    INSERT INTO outbox_event (event_id, tenant_id, type, topic, key, hash, prefix, data, headers)
    VALUES ($1, $2, 'bench.answered.v1', $3, $4, $5, $6, $7, $8) RETURNING id, day, topic, hash
)
INSERT INTO outbox_pending (id, day, lane, topic, hash) SELECT id, day, hash % 64, topic, hash FROM event
"""


async def measure(stack: Stack) -> Row:
    """Events a second, both from the same topic, run by run."""
    await _create_table(stack)
    settings = settings_of(stack, "voucher")
    ours, peer = [], []
    for _ in range(1 + RUNS):
        await _publish(stack)
        peer.append(await _one_by_one(settings))
        ours.append(await _in_batches(settings))
    return Row.of("exactly-once", ours[1:], peer[1:], "events/s")


async def _create_table(stack: Stack) -> None:
    owner = stack.migration_environment("voucher")["DATABASE_URL"].replace("+asyncpg", "")
    connection = await asyncpg.connect(owner)
    await connection.execute(
        "CREATE TABLE bench_answer (tenant_id uuid, event_id uuid, note text);"
        "GRANT SELECT, INSERT ON bench_answer TO voucher"
    )
    await connection.close()


async def _publish(stack: Stack) -> None:
    tenant_id, note = uuid4(), "x" * 600
    async with publishing(stack, "catalogue") as publisher:
        for _ in range(EVENTS):
            await publisher.publish(AskedV1(note=note), tenant_id, uuid4())
        await publisher.flush()


async def _in_batches(settings: Settings) -> float:
    engine = create_engine(settings)
    units = units_of_work(engine, SqlUnitOfWork, source="/voucher")
    consumer = BatchConsumer(engine, units, {AskedV1: _answer})
    times: list[float] = []
    handled, done = 0, asyncio.Event()

    async def process(records: Sequence[Any]) -> None:
        nonlocal handled
        times.append(time.perf_counter())
        await consumer.process(records)
        times.append(time.perf_counter())
        handled += len(records)
        if handled >= EVENTS:
            done.set()

    broker = create_broker(settings)
    subscribe(broker, settings, group="voucher-bench-ours", topics=[TOPIC], process=process)
    await broker.start()
    await asyncio.wait_for(done.wait(), 60)
    await broker.stop()
    await engine.dispose()
    return EVENTS / (times[-1] - times[0])


async def _answer(work: SqlUnitOfWork, events: Sequence[Received[AskedV1]]) -> None:
    rows = {
        "tenants": [each.tenant_id for each in events],
        "ids": [each.envelope.id for each in events],
        "notes": [each.event.note for each in events],
    }
    await work.connection.execute(_WRITE_ALL, rows)
    for each in events:
        answer = AnsweredV1(note=each.event.note)
        work.publish(Outgoing(answer, each.tenant_id, each.envelope.aggregate, 1, each.cause))


async def _one_by_one(settings: Settings) -> float:
    """An ordinary consumer: the same row and an event out in one transaction for each record, without dedup."""
    consumer = AIOKafkaConsumer(
        TOPIC,
        **connection_options(settings),
        group_id="voucher-bench-peer",
        auto_offset_reset="earliest",
    )
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    async with consumer:
        handled, started = 0, 0.0
        while handled < EVENTS:
            record = await consumer.getone()
            started = started or time.perf_counter()
            await _handle(connection, record)
            handled += 1
        rate = EVENTS / (time.perf_counter() - started)
    await connection.close()
    return rate


async def _handle(connection: asyncpg.Connection, record: Any) -> None:
    envelope = Envelope.parse(record.headers, record.key, record.value)
    event = AskedV1.model_validate_json(envelope.data)
    answer = AnsweredV1(note=event.note).model_dump_json().encode()
    async with connection.transaction():
        await connection.execute(_WRITE, envelope.tenant_id, envelope.id, event.note)
        await connection.execute(
            _PUBLISH,
            uuid4(),
            envelope.tenant_id,
            AnsweredV1.TOPIC,
            KEY,
            hash_of(KEY),
            encode_prefix(KEY, answer),
            answer,
            encode_headers(HEADERS),
        )
