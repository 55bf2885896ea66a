"""Filling an outbox at once, and a raw producer that sends the same: what the relay's rows compare."""

import time

import asyncpg
from aiokafka import AIOKafkaProducer

from services.voucher.contracts.topics import VOUCHER_EVENTS
from shared.messaging.connection import connection_options
from shared.messaging.producer import hash_of
from shared.messaging.records import encode_headers, encode_prefix
from shared.outbox.flight import Flight
from shared.outbox.relay import Relay
from shared.settings import Settings

TOPIC = VOUCHER_EVENTS.name
MANY_KEYS = 3_000
VALUE = bytes(700)
HEADERS = {
    f"ce_{name}": "0f8fad5b-d9cb-469f-a165-70867728950e"
    for name in ("id", "type", "source", "subject", "time", "tenantid", "sequence", "correlationid")
} | {"ce_specversion": "1.0", "content-type": "application/json"}

_FILL = """
WITH entry AS MATERIALIZED (
    SELECT nextval('outbox_id') AS id, (now() AT TIME ZONE 'UTC')::date AS day, given.*
    FROM generate_series(0, $1 - 1) AS n JOIN (
        SELECT * FROM unnest($2::text[], $3::integer[], $4::bytea[]) WITH ORDINALITY
            AS keys(key, hash, prefix, number)
    ) AS given ON number = 1 + n % $5
), event AS (
    INSERT INTO outbox_event (day, id, event_id, tenant_id, type, topic, key, hash, prefix, data, headers)
    SELECT day, id, gen_random_uuid(), gen_random_uuid(), 'bench.v1', $6, key, hash, prefix, $7, $8
    FROM entry
), pending AS (
    INSERT INTO outbox_pending (id, day, lane, topic, hash) SELECT id, day, hash % 64, $6, hash FROM entry
)
SELECT pg_notify('outbox', '')
"""


def key_of(number: int) -> str:
    """The key of the aggregate with that number."""
    return f"tenant:{number}"


async def fill(connection: asyncpg.Connection, events: int, *, keys: int = MANY_KEYS) -> None:
    """Append events of as many keys in turn, in one transaction."""
    names = [key_of(number) for number in range(keys)]
    await connection.execute(
        _FILL,
        events,
        names,
        [hash_of(name) for name in names],
        [encode_prefix(name, VALUE) for name in names],
        keys,
        TOPIC,
        VALUE,
        encode_headers(HEADERS),
        timeout=120,
    )


async def raw_rate(settings: Settings, events: int) -> float:
    """Events a second of an ordinary program: `await producer.send` for each, and `flush` at the end.

    acks=all and idempotent as ours; aiokafka puts what it is given within 5 ms into batches of 64 KiB.
    """
    producer = AIOKafkaProducer(
        **connection_options(settings),
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=64 * 1024,
    )
    headers = [(name, value.encode()) for name, value in HEADERS.items()]
    async with producer:
        await producer.partitions_for(TOPIC)
        started = time.perf_counter()
        for n in range(events):
            key = key_of(n % MANY_KEYS).encode()
            await producer.send(TOPIC, VALUE, key=key, headers=headers)
        await producer.flush()
        return events / (time.perf_counter() - started)


class LimitedRelay(Relay):
    """A relay whose round ends after about so many events, however many wait."""

    limit = 0

    def _may_go_on(self, flight: Flight) -> bool:
        is_enough = 0 < self.limit <= flight.relayed + len(flight.in_hand)
        return super()._may_go_on(flight) and not is_enough
