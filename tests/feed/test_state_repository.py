"""The states of many tenants are kept up with their logs, by several workers, each event once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.snapshot_reader import SnapshotReader
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application import fold_state as folding
from services.feed.application.fold_state import fold_state, is_log_growing
from services.feed.application.state_ports import LogSpan
from services.feed.domain.state import Parts, Thing
from services.member.contracts.events import PersonErasedV1, PersonRegisteredV1
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.records import cancelled, record, requested

Feed = Foundation[PostgresUnitOfWork]
Consumer = BatchConsumer[PostgresUnitOfWork]


@pytest.fixture(autouse=True)
async def nothing_else_behind(engine: AsyncEngine) -> None:
    """States are kept across tenants: what other tests left would be folded too."""
    async with transaction(engine, operator=True) as connection:
        await connection.execute(
            text(
                "INSERT INTO state_position SELECT tenant_id, position FROM tenant_feed"
                " ON CONFLICT (tenant_id) DO UPDATE SET position = EXCLUDED.position"
            )
        )


async def fold_all(feed: Feed) -> None:
    while await fold_state(feed.units):
        pass


async def state(feed: Feed, tenant_id: UUID) -> tuple[int, dict[Thing, Parts]]:
    reads = feed.reader.reads(SnapshotReader)
    async with reads([tenant_id]) as reader:
        position = await reader.state_position(tenant_id)
        things = [thing async for page in reader.states(tenant_id) for thing in page]
    return position, dict(things)


async def test_a_thing_is_what_its_events_made_of_it(foundation: Feed, consumer: Consumer):
    tenant_id, booking_id = uuid4(), uuid4()
    await consumer.process([requested(tenant_id, booking_id)])
    await fold_all(foundation)
    await consumer.process([cancelled(tenant_id, booking_id, sequence=2)])
    await fold_all(foundation)

    position, things = await state(foundation, tenant_id)

    assert position == 2
    [(thing, parts)] = things.items()
    assert thing == ("/test", str(booking_id))
    assert set(parts) == {"booking.requested.v1", "booking.cancelled.v1"}
    assert parts["booking.cancelled.v1"]["data"]["reason"] == "ill"


async def test_an_erased_person_is_gone_even_from_what_is_folded_together(
    foundation: Feed, consumer: Consumer
):
    tenant_id, known, unknown = uuid4(), uuid4(), uuid4()

    def registered(person_id: UUID) -> Any:
        event = PersonRegisteredV1(person_id=person_id, roles=("learner",))
        return record(event, tenant_id, person_id)

    def erased(person_id: UUID) -> Any:
        return record(PersonErasedV1(person_id=person_id), tenant_id, person_id, 2)

    await consumer.process([registered(known)])
    await fold_all(foundation)
    assert len((await state(foundation, tenant_id))[1]) == 1
    await consumer.process([erased(known), registered(unknown), erased(unknown)])
    await fold_all(foundation)

    assert await state(foundation, tenant_id) == (4, {})


async def test_one_who_is_far_behind_holds_nobody_up(
    foundation: Feed, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(folding, "EVENTS_AT_ONCE", 10)
    far, near = uuid4(), uuid4()
    await consumer.process([requested(far) for _ in range(100)])
    await consumer.process([requested(near)])

    assert await fold_state(foundation.units) == 10
    assert (await state(foundation, near))[0] == 1
    await fold_all(foundation)
    assert (await state(foundation, far))[0] == 100
    assert len((await state(foundation, far))[1]) == 100


async def test_a_log_grows_until_nothing_was_appended_for_a_while(
    foundation: Feed, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
):
    await consumer.process([requested(uuid4())])
    assert await is_log_growing(foundation.units)
    monkeypatch.setattr(folding, "GROWING", timedelta())
    assert not await is_log_growing(foundation.units)


async def test_several_workers_fold_each_event_once(
    foundation: Feed, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(folding, "EVENTS_AT_ONCE", 7)
    tenants = [uuid4() for _ in range(5)]
    await consumer.process([requested(each) for each in tenants for _ in range(20)])

    async def work() -> int:
        folded = 0
        while some := await fold_state(foundation.units):
            folded += some
        return folded

    folded = await asyncio.gather(*(work() for _ in range(3)))
    folded.append(await work())

    assert sum(folded) == 100
    for tenant_id in tenants:
        position, things = await state(foundation, tenant_id)
        assert (position, len(things)) == (20, 20)


async def test_nobody_folds_or_waits_for_what_another_is_just_folding(
    foundation: Feed, consumer: Consumer
):
    tenant_id = uuid4()
    await consumer.process([requested(tenant_id)])
    await fold_all(foundation)
    await consumer.process([requested(tenant_id)])
    span = [LogSpan(tenant_id, 1, 2)]

    async with foundation.units([tenant_id]) as first, foundation.units([tenant_id]) as second:
        assert await first.states.lock(span) == span
        async with asyncio.timeout(5):
            assert await second.states.lock(span) == []


async def test_what_ended_leaves_when_its_events_left_the_log(foundation: Feed, consumer: Consumer):
    tenant_id, ended, goes_on = uuid4(), uuid4(), uuid4()
    await consumer.process([requested(tenant_id, ended), requested(tenant_id, goes_on)])
    await consumer.process([cancelled(tenant_id, ended, sequence=2)])
    await fold_all(foundation)
    today = utc_now().date()

    async with foundation.units(operator=True) as work:
        await work.states.forget(today)
    assert len((await state(foundation, tenant_id))[1]) == 2
    async with foundation.units(operator=True) as work:
        await work.states.forget(today + timedelta(days=1))

    assert set((await state(foundation, tenant_id))[1]) == {("/test", str(goes_on))}


async def test_nothing_is_told_beyond_the_days_quota(
    foundation: Feed, consumer: Consumer, engine: AsyncEngine
):
    tenant_id = uuid4()
    await consumer.process([requested(tenant_id) for _ in range(5)])
    async with transaction(engine, [tenant_id]) as connection:
        await connection.execute(text("UPDATE tenant_feed SET events_per_day = 2"))
    await fold_all(foundation)

    position, things = await state(foundation, tenant_id)
    assert (position, len(things)) == (2, 2)
