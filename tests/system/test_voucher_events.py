"""Stories of the voucher worker on real Kafka and PostgreSQL: what goes wrong changes nothing."""

import random
import time
from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import text

from deploy.local.stack import Stack
from services.catalogue.contracts.topics import CATALOGUE_EVENTS
from services.voucher.contracts.topics import VOUCHER_EVENTS
from shared.database.engine import transaction
from shared.envelope import Envelope
from tests.conftest import EngineFor
from tests.support.kafka import Publisher, publishing, read_all
from tests.support.processes import Process, running
from tests.support.waiting import until
from tests.system.voucher_case import VoucherCase, cancelled, set_up


@pytest_asyncio.fixture(loop_scope="session")
async def publisher(platform: Stack) -> AsyncIterator[Publisher]:
    """Publishes as catalogue."""
    async with publishing(platform, "catalogue") as each:
        yield each


async def _case(engine_for: EngineFor, vouchers: int) -> VoucherCase:
    return await set_up(engine_for("voucher"), vouchers=vouchers)


def _total(counts: dict[str, int]) -> int:
    return sum(counts.values())


async def test_a_duplicate_takes_one_voucher(
    platform: Stack, engine_for: EngineFor, publisher: Publisher
) -> None:
    case = await _case(engine_for, vouchers=10)
    tenant_id, event = case.requested(case.tenants[0])
    other = case.requested(case.tenants[1])
    worker = Process(platform, "voucher")
    with running(worker):
        await worker.ready()
        await publisher.publish(event, tenant_id, event.booking_id, again=4)
        await publisher.publish(other[1], other[0], other[1].booking_id)
        await until(case.counts, lambda counts: counts.get("reserved", 0) >= 2)
        worker.stop()
        worker.start()
        await worker.ready()
        await publisher.publish(event, tenant_id, event.booking_id, again=1)
        after = case.requested(case.tenants[0])
        await publisher.publish(after[1], after[0], after[1].booking_id)
        counts = await until(case.counts, lambda counts: _total(counts) >= 3)
    assert counts == {"reserved": 3}
    assert (await case.programme()).pool.available == 7
    assert await case.violations() == []


async def test_a_cancellation_before_its_request_takes_nothing(
    platform: Stack, engine_for: EngineFor, publisher: Publisher
) -> None:
    case = await _case(engine_for, vouchers=10)
    tenant_id, event = case.requested(case.tenants[0])
    worker = Process(platform, "voucher")
    with running(worker):
        await publisher.publish(cancelled(event), tenant_id, event.booking_id, sequence=2)
        await publisher.flush()
        await publisher.publish(event, tenant_id, event.booking_id)
        late = case.requested(case.tenants[1])
        await publisher.publish(late[1], late[0], late[1].booking_id)
        counts = await until(case.counts, lambda counts: _total(counts) >= 2)
    assert counts == {"withdrawn": 1, "reserved": 1}
    assert (await case.programme()).pool.available == 9


async def test_a_poisoned_record_is_buried_and_the_rest_goes_on(
    platform: Stack, engine_for: EngineFor, publisher: Publisher
) -> None:
    case = await _case(engine_for, vouchers=10)
    tenant_id, event = case.requested(case.tenants[0])
    good = await publisher.publish(event, tenant_id, event.booking_id)
    headers = [(name, value.encode()) for name, value in good.headers().items()]
    topic = CATALOGUE_EVENTS.name
    key = good.key.encode()
    await publisher.send_raw(topic, key, b"{not json", headers)
    await publisher.send_raw(topic, key, b'{"booking_id": "nobody"}', headers)
    await publisher.send_raw(topic, None, b"\x00\xff", [])
    await publisher.send_raw(topic, key, b"{}", [("ce_id", b"\xff\xfe")])
    await publisher.send_raw(topic, b"another:key", good.data, headers)
    last = case.requested(case.tenants[1])
    await publisher.publish(last[1], last[0], last[1].booking_id)

    async def buried() -> list[str]:
        async with transaction(case.engine) as connection:
            rows = await connection.execute(
                text("SELECT error FROM dead_letter ORDER BY failed_at")
            )
            return [row.error for row in rows]

    worker = Process(platform, "voucher")
    before = await buried()
    with running(worker):
        counts = await until(case.counts, lambda counts: counts.get("reserved", 0) == 2)
        errors = (await until(buried, lambda errors: len(errors) >= len(before) + 5))[len(before) :]
    assert counts == {"reserved": 2}
    assert len(errors) == 5
    assert not any("nobody" in error for error in errors), "a reason must not repeat the data"


async def test_workers_killed_mid_batch_lose_nothing_and_do_nothing_twice(
    platform: Stack, engine_for: EngineFor, publisher: Publisher
) -> None:
    seed = 20_261_121
    chance = random.Random(seed)
    requests, vouchers = 1_200, 1_000
    case = await _case(engine_for, vouchers=vouchers)
    for n in range(requests):
        tenant_id, event = case.requested(case.tenants[n % 2])
        await publisher.publish(event, tenant_id, event.booking_id)
    await publisher.flush()
    worker = Process(platform, "voucher")
    with running(worker):
        for _ in range(3):
            seen = _total(await case.counts())
            target = min(requests, seen + chance.randrange(50, 350))
            await until(case.counts, lambda counts, target=target: _total(counts) >= target)  # type: ignore[misc]
            worker.kill()
            worker.start()
        counts = await until(case.counts, lambda counts: _total(counts) == requests)
        events = await read_all(
            platform, VOUCHER_EVENTS.name, lambda seen: len(_answers(seen, case)) == requests
        )
    assert counts == {"reserved": vouchers, "refused": requests - vouchers}, f"seed {seed}"
    answers = _answers(events, case)
    assert (
        sorted(answers.values()) == ["voucher.refused.v1"] * 200 + ["voucher.reserved.v1"] * 1_000
    )
    assert (await case.programme()).pool.available == 0
    assert await case.violations() == []


async def test_a_worker_asked_to_stop_drains_within_ten_seconds_and_loses_nothing(
    platform: Stack, engine_for: EngineFor, publisher: Publisher
) -> None:
    requests = 1_500
    case = await _case(engine_for, vouchers=requests)
    for n in range(requests):
        tenant_id, event = case.requested(case.tenants[n % 2])
        await publisher.publish(event, tenant_id, event.booking_id)
    await publisher.flush()
    worker = Process(platform, "voucher")
    with running(worker):
        for target in (1, 600):
            await until(case.counts, lambda counts, target=target: _total(counts) >= target)  # type: ignore[misc]
            started = time.monotonic()
            worker.stop()
            assert time.monotonic() - started < 10
            worker.start()
        counts = await until(case.counts, lambda counts: _total(counts) == requests)
        events = await read_all(
            platform, VOUCHER_EVENTS.name, lambda seen: len(_answers(seen, case)) == requests
        )
    assert counts == {"reserved": requests}
    assert set(_answers(events, case).values()) == {"voucher.reserved.v1"}
    assert await case.violations() == []


async def test_two_tenants_racing_get_every_voucher_once(
    platform: Stack, engine_for: EngineFor, publisher: Publisher
) -> None:
    case = await _case(engine_for, vouchers=100)
    for n in range(400):
        tenant_id, event = case.requested(case.tenants[n % 2])
        await publisher.publish(event, tenant_id, event.booking_id)
    await publisher.flush()
    first = Process(platform, "voucher")
    second = Process(platform, "voucher", port=platform.ports["voucher_worker"] + 50)
    with running(first, second):
        counts = await until(case.counts, lambda counts: _total(counts) == 400)
    assert counts == {"reserved": 100, "refused": 300}
    assert await case.violations() == []


def _answers(events: list[Envelope], case: VoucherCase) -> dict[str, str]:
    """The answer to each booking, by voucher; the same event delivered twice counts once."""
    mine = {str(tenant.tenant_id) for tenant in case.tenants}
    answers: dict[str, str] = {}
    for event in events:
        if str(event.tenant_id) in mine:
            assert answers.setdefault(event.aggregate, event.type) == event.type, "answered twice"
    return answers
