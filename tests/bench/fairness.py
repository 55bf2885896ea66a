"""How long one tenant's single event waits behind 10,000 that another tenant sends at once."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.stack import Stack
from services.catalogue.contracts.events import BookingRequestedV1
from shared.clock import utc_now
from shared.database.engine import create_engine, transaction
from shared.envelope import Cause, Outgoing
from shared.outbox.store import append
from tests.bench.report import Row
from tests.support.kafka import settings_of
from tests.support.processes import Process, running
from tests.support.waiting import until
from tests.system.voucher_case import VoucherCase, set_up

BURST = 10_000
RUNS = 5
#: The bound that we state for two cores, in milliseconds.
BOUND_MILLISECONDS = 5_000.0


async def measure(stack: Stack) -> Row:
    """Milliseconds from commit to effect behind a burst, over the bound."""
    delays = []
    async with _engine(stack, "catalogue") as sender, _engine(stack, "voucher") as receiver:
        relay, worker = Process(stack, "catalogue"), Process(stack, "voucher")
        with running(relay, worker):
            await relay.ready()
            await worker.ready()
            for _ in range(RUNS):
                case = await set_up(receiver, vouchers=2 * BURST)
                delays.append(await _delay(sender, case))
    return Row.of("fairness-ms", delays, [BOUND_MILLISECONDS] * RUNS, "ms; peer is the bound")


@asynccontextmanager
async def _engine(stack: Stack, service: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings_of(stack, service))
    yield engine
    await engine.dispose()


async def _delay(sender: AsyncEngine, case: VoucherCase) -> float:
    """The single event's own delay; the burst is waited for, so that the next run begins idle."""
    loud, quiet = case.tenants
    await _publish(sender, [case.requested(loud) for _ in range(BURST)])
    started = time.perf_counter()
    await _publish(sender, [case.requested(quiet)])
    await until(lambda: case.vouchers_of(quiet), lambda vouchers: vouchers == 1)
    delay = (time.perf_counter() - started) * 1_000
    await until(lambda: case.vouchers_of(loud), lambda vouchers: vouchers == BURST)
    return delay


async def _publish(
    sender: AsyncEngine, requests: Sequence[tuple[UUID, BookingRequestedV1]]
) -> None:
    outgoing = [
        Outgoing(event, tenant_id, str(event.booking_id), 1, Cause(str(event.booking_id)))
        for tenant_id, event in requests
    ]
    async with transaction(sender) as connection:
        await append(connection, outgoing, source="/catalogue", now=utc_now())
