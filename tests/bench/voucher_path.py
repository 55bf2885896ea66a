"""Reservations through the real event path: Kafka in, a worker process, events out to Kafka again."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from deploy.local.stack import Stack
from tests.support.kafka import publishing
from tests.support.processes import Process, running
from tests.support.waiting import until
from tests.system.voucher_case import VoucherCase

WAIT_SECONDS = 180.0

_RESERVED = "SELECT sum(reserved)::bigint FROM pool WHERE programme_id = ANY($1::uuid[])"
_PENDING = "SELECT EXISTS (SELECT FROM outbox_pending)"


@asynccontextmanager
async def watching(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the vouchers' database that sees everything."""
    password, port = stack.admin_password("postgres"), stack.ports["postgres"]
    connection = await asyncpg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/voucher")
    try:
        yield connection
    finally:
        await connection.close()


async def reserved_a_second(stack: Stack, cases: Sequence[VoucherCase], requests: int) -> float:
    """All requests wait in Kafka when the worker starts; the clock runs from its first batch to its last event."""
    await _publish(stack, cases, requests)
    programmes = [case.programme_id for case in cases]
    worker = Process(stack, "voucher")
    async with watching(stack) as connection:

        async def reserved() -> int:
            return int(await connection.fetchval(_RESERVED, programmes))

        async def is_pending() -> bool:
            return bool(await connection.fetchval(_PENDING))

        before = await reserved()
        with running(worker):
            first = await until(reserved, lambda count: count > before)
            started = time.perf_counter()
            await until(reserved, lambda count: count == before + requests, seconds=WAIT_SECONDS)
            await until(is_pending, lambda pending: not pending)
            return (before + requests - first) / (time.perf_counter() - started)


async def _publish(stack: Stack, cases: Sequence[VoucherCase], requests: int) -> None:
    async with publishing(stack, "catalogue") as publisher:
        for n in range(requests):
            case = cases[n % len(cases)]
            tenant_id, event = case.requested(case.tenants[n // len(cases) % len(case.tenants)])
            await publisher.publish(event, tenant_id, event.booking_id)
        await publisher.flush()
