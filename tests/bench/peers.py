"""Our relay beside faststream-outbox 0.19.0, as its own documentation relays to Kafka.

omni-box, the other peer, has no release for Python 3.11.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from faststream import StreamMessage
from faststream.kafka import KafkaBroker, KafkaResponse
from faststream.security import SASLScram512
from faststream_outbox import OutboxBroker, make_outbox_table
from faststream_outbox.annotations import OutboxMessage
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.local.stack import Stack
from shared.settings import Settings
from tests.bench.filling import HEADERS, MANY_KEYS, TOPIC, VALUE
from tests.bench.relay import RUNS, Outbox
from tests.bench.report import Row
from tests.support.waiting import until

EVENTS = 6_000
OUR_EVENTS = 60_000
QUEUE = "bench"
TABLE = make_outbox_table(MetaData(), table_name="peer_outbox")

_FILL = text(
    """
    INSERT INTO peer_outbox (queue, payload, headers)
    SELECT :queue, :value, CAST(:headers AS jsonb) || jsonb_build_object('key', 'tenant:' || n % :keys)
    FROM generate_series(1, :events) AS n
    """
)
_WAITING = text("SELECT EXISTS (SELECT FROM peer_outbox)")


async def over_faststream_outbox(outbox: Outbox, stack: Stack) -> Row:
    """Events a second to the same Kafka, ours over the peer's, run by run."""
    engine = create_async_engine(
        stack.migration_environment("voucher")["DATABASE_URL"], pool_size=50
    )
    async with engine.begin() as connection:
        await connection.run_sync(TABLE.metadata.create_all)
    ours, peer = [], []
    await _rate(outbox.settings, engine)
    for _ in range(RUNS):
        peer.append(await _rate(outbox.settings, engine))
        ours.append(await outbox.relayed(OUR_EVENTS))
    await engine.dispose()
    return Row.of("relay-vs-peers", ours, peer, "events/s")


async def _rate(settings: Settings, engine: AsyncEngine) -> float:
    """From the start of its relay until its table is empty: a row is deleted when Kafka has it."""

    async def is_waiting() -> bool:
        async with engine.connect() as connection:
            return bool((await connection.execute(_WAITING)).scalar_one())

    async with engine.begin() as connection:
        values = {"queue": QUEUE, "value": VALUE, "events": EVENTS, "keys": MANY_KEYS}
        await connection.execute(_FILL, {**values, "headers": orjson.dumps(HEADERS).decode()})
        await connection.execute(text("ANALYZE peer_outbox"))
    started = time.perf_counter()
    async with _relaying(settings, engine):
        await until(is_waiting, lambda waiting: not waiting)
        return EVENTS / (time.perf_counter() - started)


@asynccontextmanager
async def _relaying(settings: Settings, engine: AsyncEngine) -> AsyncIterator[None]:
    """As fast as we got it: 16 workers are slower, 48 and larger batches are no faster."""
    kafka = KafkaBroker(
        settings.kafka_bootstrap_servers,
        security=SASLScram512(
            settings.kafka_username, settings.kafka_password.get_secret_value(), use_ssl=False
        ),
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=64 * 1024,
        logger=None,
    )
    broker = OutboxBroker(engine, outbox_table=TABLE, logger=None)

    @kafka.publisher(TOPIC)
    @broker.subscriber(
        QUEUE,
        max_workers=32,
        fetch_batch_size=1_000,
        min_fetch_interval=0.01,
        max_fetch_interval=0.1,
        terminal_flush_batch_size=100,
        decoder=_as_it_is,
    )
    async def relay(body: bytes, message: OutboxMessage) -> KafkaResponse:
        headers = dict(message.headers)
        return KafkaResponse(body, key=headers.pop("key").encode(), headers=headers)

    await kafka.connect()
    await broker.start()
    try:
        yield
    finally:
        await broker.stop()
        await kafka.stop()


async def _as_it_is(message: StreamMessage[Any]) -> bytes:
    """A body that is passed on needs no reading."""
    return message.body
