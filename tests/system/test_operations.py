"""What operators see and set right of a real worker on real Kafka: its heartbeat, its end, and a repair."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from sqlalchemy import text

from deploy.local.stack import Stack
from services.catalogue.contracts.events import BookingRequestedV1
from services.catalogue.contracts.topics import CATALOGUE_EVENTS
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from shared.envelope import Cause, Envelope, Outgoing
from shared.inbox import letters
from shared.inbox.origins import Origin
from shared.inbox.records import Failure, KeptRecord
from shared.messaging.waiting import KafkaTopics
from shared.operations.status import Status, status
from shared.repairs import store
from shared.repairs.repair import Action, Choice, Progress, Repair, State
from tests.conftest import EngineFor
from tests.support.kafka import publishing, settings_of
from tests.support.processes import Process, running
from tests.support.waiting import until
from tests.system.voucher_case import VoucherCase, set_up
from tests.voucher.builders import LUDWIGSHAFEN

TYPE = BookingRequestedV1.TYPE


@pytest_asyncio.fixture(loop_scope="session")
async def case(brokers: Stack, engine_for: EngineFor) -> AsyncIterator[VoucherCase]:
    made = await set_up(engine_for("voucher"), vouchers=10)
    async with transaction(made.engine) as connection:
        await connection.execute(text("DELETE FROM process"))
    yield made
    async with transaction(made.engine) as connection:
        for table in ("parked", "dead_letter"):
            await connection.execute(text(f"DELETE FROM {table}"))


async def _until(case: VoucherCase, condition: Callable[[Status], Any]) -> Status:
    async def look() -> Status:
        async with transaction(case.engine) as connection:
            return await status(connection)

    return await until(look, condition, seconds=30)


def _worker(seen: Status) -> Any:
    return next((each for each in seen.processes if each.kind == "worker"), None)


def _is(state: str) -> Callable[[Status], bool]:
    return lambda seen: _worker(seen) is not None and _worker(seen).state == state


async def test_a_worker_says_what_it_does_and_how_it_ended(
    brokers: Stack, case: VoucherCase
) -> None:
    worker = Process(brokers, "voucher", RELEASE_COMMIT="c0ffee")
    async with publishing(brokers, "catalogue") as publisher:
        with running(worker):
            await worker.ready()
            tenant_id, event = case.requested(case.tenants[0])
            await publisher.publish(event, tenant_id, event.booking_id)
            seen = await _until(case, lambda now: TYPE in now.events(60))
            assert _worker(seen).commit == "c0ffee"
            assert set(_worker(seen).checks.values()) == {"ok"}
            handled = seen.events(60)[TYPE]
            assert handled.number == 1
            assert handled.p99 is not None
            assert handled.p99 > 0
            assert TYPE in seen.finished
            await _until(case, lambda now: now.lag.get(CATALOGUE_EVENTS.name) == 0)
            await _until(case, lambda now: len(now.invariants) >= 3)
            worker.kill()
            await _until(case, _is("gone"))
            worker.start()
            await _until(case, _is("running"))
    stopped = await _until(case, _is("stopped"))
    assert TYPE in stopped.finished, "it is known when events were finished last"


async def test_what_waits_is_known_though_no_worker_runs(brokers: Stack, case: VoucherCase) -> None:
    topics = KafkaTopics(settings_of(brokers, "voucher"), "voucher", (CATALOGUE_EVENTS.name,))

    async def records() -> int:
        [waiting] = await topics.waiting()
        return waiting.records

    worker, before = Process(brokers, "voucher"), utc_now()
    async with publishing(brokers, "catalogue") as publisher:
        with running(worker):
            await worker.ready()
            await until(records, lambda number: number == 0)
        for n in range(3):
            tenant_id, event = case.requested(case.tenants[n % 2])
            await publisher.publish(event, tenant_id, event.booking_id)
        await publisher.flush()
    [waiting] = await topics.waiting()
    assert waiting.records == 3
    assert waiting.tenants == tuple(sorted(str(each.tenant_id) for each in case.tenants))
    assert waiting.oldest_at is not None
    assert before - timedelta(seconds=1) <= waiting.oldest_at <= utc_now()
    with running(worker):
        await worker.ready()
        await until(records, lambda number: number == 0)
    assert await case.counts() == {"reserved": 3}


async def test_a_repair_is_done_when_the_workers_inbox_says_so(
    brokers: Stack, case: VoucherCase
) -> None:
    stranger = replace(LUDWIGSHAFEN, tenant_id=uuid4())
    tenant_id, event = case.requested(stranger)
    letter = await _buried(case, tenant_id, event)
    with running(worker := Process(brokers, "voucher")):
        await worker.ready()
        failed, progress = await _repaired(case, letter)
        assert (failed.why, progress.failed) == ("1 of 1 failed again", 1)
        assert (await case.counts()).get("reserved") is None
        opened = units_of_work(case.engine, PostgresUnitOfWork, source="/test")
        async with opened([tenant_id]) as work:
            await work.tenants.learn([(stranger, 1)])
        done, progress = await _repaired(case, letter)
    assert (done.why, progress.resolved) == ("", 1)
    async with transaction(case.engine, [tenant_id]) as connection:
        held = await connection.execute(text("SELECT status FROM voucher"))
        assert [row.status for row in held] == ["reserved"]


async def _buried(case: VoucherCase, tenant_id: UUID, event: BookingRequestedV1) -> KeptRecord:
    """A dead letter, as if it had failed before."""
    told = Outgoing(event, tenant_id, str(event.booking_id), 1, Cause(str(event.booking_id)))
    envelope = Envelope.seal(told, source="/catalogue", time=utc_now())
    headers = [(name, value.encode()) for name, value in envelope.headers().items()]
    key = envelope.key.encode()
    record = KeptRecord(CATALOGUE_EVENTS.name, 0, 10**9, key, envelope.data, headers)
    async with transaction(case.engine) as connection:
        failure = Failure(record, "TenantNotKnownError", 5, Origin("TenantNotKnownError"))
        await letters.bury(connection, [failure])
    return record


async def _repaired(case: VoucherCase, record: KeptRecord) -> tuple[Repair, Progress]:
    """Preview and confirm a repair of the letter's group, and wait until the worker is done with it."""
    query = text('SELECT group_id FROM dead_letter WHERE "offset" = :offset')
    async with transaction(case.engine) as connection:
        found = await connection.execute(query, {"offset": record.offset})
        choice = Choice(group_id=found.scalar_one())
        made = await store.preview(connection, Action.REDRIVE, choice, "mended", "olga", 1_000)
        made.confirm("olga", is_approver=False, now=utc_now())
        await store.save(connection, made)

    async def look() -> tuple[Repair, Progress]:
        async with transaction(case.engine) as connection:
            now = await store.get(connection, made.repair_id)
            assert now
            return now, (await store.progress(connection, [made.repair_id]))[made.repair_id]

    return await until(look, lambda seen: seen[0].state is State.DONE, seconds=30)
