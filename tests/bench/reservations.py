"""Reservations on one hot pool: ours through the event path, the peer one SQL transaction each."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from deploy.local.stack import Stack
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.contracts.topics import READS
from services.voucher.entrypoints.consumer import create_consumer
from shared.messaging.connection import create_broker
from shared.messaging.subscriber import subscribe
from shared.outbox.relay import Relay
from shared.processes.foundation import lay_foundation
from tests.bench.report import Row
from tests.support.kafka import publishing, settings_of
from tests.system.voucher_case import VoucherCase, set_up

REQUESTS = 5_000
CONNECTIONS = 8
RUNS = 3


async def measure(stack: Stack) -> Row:
    """Reservations a second."""
    settings = settings_of(stack, "voucher")
    foundation = lay_foundation("voucher", settings, PostgresUnitOfWork)
    ours, peer = [], []
    async with foundation.running():
        for _ in range(RUNS):
            peer.append(
                await _one_by_one(await set_up(foundation.engine, vouchers=REQUESTS), settings)
            )
            ours.append(await _by_events(stack, await set_up(foundation.engine, vouchers=REQUESTS)))
    return Row.of("reservations by event / by transaction", ours, peer, "reservations/s")


async def _by_events(stack: Stack, case: VoucherCase) -> float:
    async with publishing(stack, "catalogue") as publisher:
        for n in range(REQUESTS):
            tenant_id, event = case.requested(case.tenants[n % 2])
            await publisher.publish(event, tenant_id, event.booking_id)
        await publisher.flush()
    settings = settings_of(stack, "voucher")
    foundation = lay_foundation("voucher", settings, PostgresUnitOfWork)
    consumer = create_consumer(foundation)
    times: list[float] = []
    handled, done = 0, asyncio.Event()

    async def process(records: Sequence[Any]) -> None:
        nonlocal handled
        times.append(time.perf_counter())
        await consumer.process(records)
        times.append(time.perf_counter())
        handled += len(records)
        if handled >= REQUESTS:
            done.set()

    broker = create_broker(settings)
    subscribe(broker, settings, group="voucher", topics=READS, process=process)
    relaying = asyncio.create_task(Relay(settings).run())
    async with foundation.running():
        await broker.start()
        await asyncio.wait_for(done.wait(), 120)
        await broker.stop()
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
    assert (await case.counts()) == {"reserved": REQUESTS}
    return REQUESTS / (times[-1] - times[0])


_TAKE = """
UPDATE pool SET available = available - 1, reserved = reserved + 1, version = version + 1
WHERE programme_id = $1 AND available >= 1
"""
_TRANSFER = """
INSERT INTO transfer (tenant_id, programme_id, debit, credit, units, at, voucher_id, beneficiary_id)
VALUES ($1, $2, 'available', 'reserved', 1, now(), $3, $4)
"""
_VOUCHER = """
INSERT INTO voucher (tenant_id, voucher_id, booking_id, person_id, programme_id, funder_id, status,
                     created_at, expires_at, version)
VALUES ($1, $2, $3, $4, $5, $6, 'reserved', now(), now() + interval '90 days', 1)
"""
_EVENT = """
WITH event AS (
    INSERT INTO outbox_event (event_id, tenant_id, type, topic, key, hash, prefix, data, headers)
    VALUES (gen_random_uuid(), $1, 'voucher.reserved.v1', 'voucher-events', 'key', 0, '', $2, '')
    RETURNING id, day, topic, hash
)
INSERT INTO outbox_pending (id, day, lane, topic, hash) SELECT id, day, 0, topic, hash FROM event
"""


async def _one_by_one(case: VoucherCase, settings: Any) -> float:
    """What a careful SQL service does: the same rows, one transaction a reservation."""
    address = settings.database_url.replace("+asyncpg", "")
    connections = [await asyncpg.connect(address) for _ in range(CONNECTIONS)]
    numbers = iter(range(REQUESTS))

    async def reserve(connection: asyncpg.Connection) -> None:
        for n in numbers:
            await _reserve(connection, case, case.tenants[n % 2].tenant_id)

    started = time.perf_counter()
    await asyncio.gather(*map(reserve, connections))
    rate = REQUESTS / (time.perf_counter() - started)
    await connections[0].execute("DELETE FROM outbox_pending")
    for connection in connections:
        await connection.close()
    return rate


async def _reserve(connection: asyncpg.Connection, case: VoucherCase, tenant_id: UUID) -> None:
    voucher_id = uuid4()
    async with connection.transaction():
        acting = f"{tenant_id},{case.funder_id}"
        await connection.execute("SELECT set_config('app.tenants', $1, true)", acting)
        await connection.execute("INSERT INTO inbox (event_id) VALUES ($1)", uuid4())
        await connection.execute(_TAKE, case.programme_id)
        await connection.execute(
            _VOUCHER, tenant_id, voucher_id, uuid4(), uuid4(), case.programme_id, case.funder_id
        )
        await connection.execute(
            _TRANSFER, case.funder_id, case.programme_id, voucher_id, tenant_id
        )
        await connection.execute(_EVENT, tenant_id, bytes(300))
