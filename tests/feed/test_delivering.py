"""A worker wakes when a log grows, keeps what it works on, and leaves what it cannot finish to others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from operator import eq
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.domain.reading import Reading
from services.feed.domain.subscription import Way
from services.feed.entrypoints import delivering as module
from services.feed.entrypoints.delivering import Delivering
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.records import requested
from tests.feed.subscribers import subscribed
from tests.support.waiting import until

Feed = Foundation[PostgresUnitOfWork]
Consumer = BatchConsumer[PostgresUnitOfWork]


@pytest.fixture(autouse=True)
async def nothing_else_to_claim(engine: AsyncEngine) -> None:
    async with transaction(engine, operator=True) as connection:
        await connection.execute(text("DELETE FROM reading"))


class Deliveries:
    """Delivers by counting; `hangs` and `fails` name tenants where that does not work."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.delivered: list[tuple[UUID, int, int]] = []
        self.begun: list[UUID] = []
        self.cancelled: list[UUID] = []
        self.hangs: set[UUID] = set()
        self.fails: set[UUID] = set()

    async def deliver(self, reading: Reading) -> None:
        self.begun.append(reading.tenant_id)
        if reading.tenant_id in self.fails:
            raise RuntimeError("planted")
        if reading.tenant_id in self.hangs:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.append(reading.tenant_id)
        async with self._feed.units([reading.tenant_id]) as work:
            await work.readings.release(reading, reading.until)
        self.delivered.append((reading.tenant_id, reading.position, reading.until))

    async def of(self, tenant_id: UUID) -> list[tuple[int, int]]:
        return [(position, last) for each, position, last in self.delivered if each == tenant_id]


@pytest.fixture
def deliveries(foundation: Feed) -> Deliveries:
    return Deliveries(foundation)


@asynccontextmanager
async def running(
    feed: Feed, deliver: Callable[[Reading], Awaitable[None]], at_once: int = 10
) -> AsyncIterator[Delivering]:
    delivering = Delivering(feed, Way.KAFKA, deliver, at_once=at_once)
    task = asyncio.create_task(delivering.run())
    try:
        yield delivering
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def lease_of(engine: AsyncEngine, tenant_id: UUID) -> timedelta:
    query = "SELECT leased_until - now() FROM reading WHERE tenant_id = :tenant_id"
    async with transaction(engine, [tenant_id]) as connection:
        lease: timedelta = await connection.scalar(text(query), {"tenant_id": tenant_id})
    return lease


async def test_it_wakes_as_soon_as_the_log_grows(
    foundation: Feed, consumer: Consumer, deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "POLL_SECONDS", 3_600.0)
    tenant_id = uuid4()
    await subscribed(foundation, tenant_id)
    async with running(foundation, deliveries.deliver) as delivering:
        await until(lambda: asyncio.sleep(0, delivering.may_send()), bool)
        for expected in ([(0, 1)], [(0, 1), (1, 2)]):
            await consumer.process([requested(tenant_id)])
            await until(lambda: deliveries.of(tenant_id), partial(eq, expected))


async def test_one_that_hangs_holds_nobody_up_and_keeps_its_lease(
    foundation: Feed,
    consumer: Consumer,
    deliveries: Deliveries,
    engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.1)
    hanging, others = uuid4(), [uuid4() for _ in range(5)]
    deliveries.hangs.add(hanging)
    for tenant_id in (hanging, *others):
        await subscribed(foundation, tenant_id)
    async with running(foundation, deliveries.deliver, at_once=2):
        await consumer.process([requested(each) for each in (hanging, *others)])
        await until(
            lambda: asyncio.sleep(0, {each for each, *_ in deliveries.delivered}),
            lambda done: done == set(others),
        )
        first = await lease_of(engine, hanging)
        async with transaction(engine, [hanging]) as connection:
            await connection.execute(
                text("UPDATE reading SET leased_until = now() + interval '9 s'")
            )
        await until(lambda: lease_of(engine, hanging), lambda lease: lease > timedelta(seconds=20))
    assert first > timedelta(seconds=20)
    assert deliveries.cancelled == [hanging]
    assert await lease_of(engine, hanging) < timedelta(0), "what was not finished is free at once"


async def test_a_lost_lease_ends_the_work_on_it(
    foundation: Feed,
    consumer: Consumer,
    deliveries: Deliveries,
    engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    tenant_id = uuid4()
    deliveries.hangs.add(tenant_id)
    await subscribed(foundation, tenant_id)
    async with running(foundation, deliveries.deliver):
        await consumer.process([requested(tenant_id)])
        await until(lambda: asyncio.sleep(0, deliveries.begun), bool)
        async with transaction(engine, [tenant_id]) as connection:
            await connection.execute(
                text("UPDATE reading SET leased_until = now() + interval '1 h', holder = :other"),
                {"other": uuid4()},
            )
        await until(lambda: asyncio.sleep(0, deliveries.cancelled), bool)

    assert deliveries.begun == [tenant_id]
    assert await lease_of(engine, tenant_id) > timedelta(minutes=30), "the other one's lease stays"


async def test_what_fails_rests_and_the_others_go_on(
    foundation: Feed, consumer: Consumer, deliveries: Deliveries, engine: AsyncEngine
):
    failing, well = uuid4(), uuid4()
    deliveries.fails.add(failing)
    for tenant_id in (failing, well):
        await subscribed(foundation, tenant_id)
    async with running(foundation, deliveries.deliver):
        for _ in range(3):
            await consumer.process([requested(failing), requested(well)])
        await until(lambda: deliveries.of(well), lambda done: bool(done) and done[-1][1] == 3)

    assert deliveries.begun.count(failing) == 1
    query = text("SELECT resting_until > now() FROM reading WHERE tenant_id = :tenant_id")
    async with transaction(engine, [failing]) as connection:
        assert await connection.scalar(query, {"tenant_id": failing})


async def test_whoever_was_away_for_too_long_may_not_send(
    foundation: Feed, deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
):
    async with running(foundation, deliveries.deliver) as delivering:
        await until(lambda: asyncio.sleep(0, delivering.may_send()), bool)
        monkeypatch.setattr(module, "MARGIN_SECONDS", 30.0)
        assert not delivering.may_send()
