"""How fast the relay empties an outbox, beside a raw aiokafka producer with the same records."""

import asyncio
import time

import orjson
from aiokafka import AIOKafkaProducer

from services.voucher.contracts.topics import VOUCHER_EVENTS
from shared.messaging.connection import connection_options
from shared.outbox.relay import Relay, connect
from shared.settings import Settings
from tests.bench.report import Row

EVENTS = 30_000
AGGREGATES = 3_000
PAYLOAD_BYTES = 700
RUNS = 3

_FILL = """
WITH event AS (
    INSERT INTO outbox_event (event_id, lane, topic, key, tenant_id, type, headers, data)
    SELECT gen_random_uuid(), n % 64, $1, 'tenant:' || n % $2, gen_random_uuid(), 'bench.v1', $3, $4
    FROM generate_series(1, $5) AS n RETURNING id, day, lane
)
INSERT INTO outbox_pending (id, day, lane) SELECT id, day, lane FROM event
"""
_HEADERS = {
    f"ce_{name}": "0f8fad5b-d9cb-469f-a165-70867728950e"
    for name in ("id", "type", "source", "subject", "time", "tenantid", "sequence", "correlationid")
} | {"ce_specversion": "1.0", "content-type": "application/json"}


async def measure(settings: Settings) -> Row:
    """Events a second, ours over the raw producer's."""
    ours, peer = [], []
    for _ in range(RUNS):
        peer.append(await _raw(settings))
        ours.append(await _relayed(settings))
    return Row.of("relay / raw producer", ours, peer, "events/s")


async def _raw(settings: Settings) -> float:
    producer = AIOKafkaProducer(
        **connection_options(settings),
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=64 * 1024,
    )
    headers = [(name, value.encode()) for name, value in _HEADERS.items()]
    async with producer:
        await producer.partitions_for(VOUCHER_EVENTS.name)
        started = time.perf_counter()
        for n in range(EVENTS):
            await producer.send(
                VOUCHER_EVENTS.name,
                bytes(PAYLOAD_BYTES),
                key=f"tenant:{n % AGGREGATES}".encode(),
                headers=headers,
            )
        await producer.flush()
        return EVENTS / (time.perf_counter() - started)


async def _relayed(settings: Settings) -> float:
    relay = Relay(settings)
    async with connect(settings, asyncio.Event()) as connections:
        headers = orjson.dumps(_HEADERS).decode()
        await connections.writer.execute(
            _FILL, VOUCHER_EVENTS.name, AGGREGATES, headers, bytes(PAYLOAD_BYTES), EVENTS
        )
        await connections.writer.execute("ANALYZE outbox_pending")
        await connections.producer.partitions_for(VOUCHER_EVENTS.name)
        sent, started = 0, time.perf_counter()
        while sent < EVENTS:
            sent += await relay.relay_pending(connections)
        rate = EVENTS / (time.perf_counter() - started)
        await relay.release_lanes(connections)
    return rate
