"""Readings are shared by workers: each is somebody's for a while, and what a dead worker had is another's."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.domain.reading import LeaseLostError, Reading
from services.feed.domain.subscription import Status, Subscription, Way
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.records import requested
from tests.feed.subscribers import subscribed

Feed = Foundation[PostgresUnitOfWork]
Consumer = BatchConsumer[PostgresUnitOfWork]

EVERYTHING = 1_000


@pytest.fixture(autouse=True)
async def nothing_else_to_claim(engine: AsyncEngine) -> None:
    """Claims go across tenants: what other tests left would be claimed too."""
    async with transaction(engine, operator=True) as connection:
        await connection.execute(text("DELETE FROM reading"))


async def claimed(
    feed: Feed, holder: UUID, way: Way = Way.KAFKA, most: int = EVERYTHING
) -> Sequence[Reading]:
    async with feed.units(operator=True) as work:
        return await work.readings.claim(way, holder, most)


async def released(feed: Feed, reading: Reading, position: int, **when: datetime) -> None:
    async with feed.units([reading.tenant_id]) as work:
        await work.readings.release(reading, position, **when)


async def grown(consumer: Consumer, tenant_ids: Sequence[UUID], events: int = 1) -> None:
    await consumer.process([requested(each) for each in tenant_ids for _ in range(events)])


async def forget_lease(engine: AsyncEngine, reading: Reading) -> None:
    """As if so much time had gone by."""
    async with transaction(engine, [reading.tenant_id]) as connection:
        await connection.execute(text("UPDATE reading SET leased_until = now() - interval '1 s'"))


@pytest.fixture
async def subscription(foundation: Feed) -> Subscription:
    return await subscribed(foundation, uuid4())


async def test_a_reading_is_claimed_when_the_log_has_grown_and_by_one_only(
    foundation: Feed, consumer: Consumer, subscription: Subscription
):
    assert await claimed(foundation, uuid4()) == []
    await grown(consumer, [subscription.tenant_id], 3)

    [reading] = await claimed(foundation, uuid4())

    assert reading.key == (subscription.tenant_id, subscription.subscription_id)
    assert (reading.position, reading.until) == (0, 3)
    assert reading.selection == subscription.selection
    assert await claimed(foundation, uuid4()) == []


async def test_what_is_done_with_is_not_claimed_again(
    foundation: Feed, consumer: Consumer, subscription: Subscription
):
    await grown(consumer, [subscription.tenant_id], 3)
    [reading] = await claimed(foundation, uuid4())
    await released(foundation, reading, 2)

    [rest] = await claimed(foundation, uuid4())
    assert (rest.position, rest.until) == (2, 3)
    await released(foundation, rest, 3)
    assert await claimed(foundation, uuid4()) == []


async def test_two_workers_share_what_there_is(foundation: Feed, consumer: Consumer):
    tenants = [uuid4() for _ in range(10)]
    for tenant_id in tenants:
        await subscribed(foundation, tenant_id)
    await grown(consumer, tenants)

    first = await claimed(foundation, uuid4(), most=4)
    second = await claimed(foundation, uuid4())

    assert len(first) == 4
    assert {each.tenant_id for each in [*first, *second]} == set(tenants)
    assert len(first) + len(second) == len(tenants)


async def test_nobody_waits_for_what_another_is_just_claiming(foundation: Feed, consumer: Consumer):
    tenants = [uuid4(), uuid4()]
    for tenant_id in tenants:
        await subscribed(foundation, tenant_id)
    await grown(consumer, tenants)

    async with foundation.units(operator=True) as work, asyncio.timeout(5):
        first = await work.readings.claim(Way.KAFKA, uuid4(), 1)
        second = await claimed(foundation, uuid4())

    assert {each.tenant_id for each in [*first, *second]} == set(tenants)


async def test_who_was_served_least_recently_comes_first(foundation: Feed, consumer: Consumer):
    tenants = [uuid4() for _ in range(3)]
    for tenant_id in tenants:
        await subscribed(foundation, tenant_id)
    await grown(consumer, tenants, 5)

    served = []
    for _ in range(6):
        [reading] = await claimed(foundation, uuid4(), most=1)
        await released(foundation, reading, reading.position + 1)
        served.append(reading.tenant_id)

    assert set(served[:3]) == set(tenants)
    assert served[3:] == served[:3]


async def test_what_a_dead_worker_had_is_anothers_after_its_lease_and_the_dead_one_changes_nothing(
    foundation: Feed, consumer: Consumer, subscription: Subscription, engine: AsyncEngine
):
    await grown(consumer, [subscription.tenant_id], 2)
    [lost] = await claimed(foundation, uuid4())
    await forget_lease(engine, lost)

    [taken] = await claimed(foundation, uuid4())

    for position in (1, 2):
        with pytest.raises(LeaseLostError):
            await released(foundation, lost, position)
    async with foundation.units([taken.tenant_id]) as work:
        await work.readings.advance(taken, 1)
    await forget_lease(engine, lost)
    assert [each.position for each in await claimed(foundation, uuid4())] == [1]


async def test_a_lease_that_ended_is_not_renewed(
    foundation: Feed, consumer: Consumer, engine: AsyncEngine
):
    kept, lost = await subscribed(foundation, uuid4()), await subscribed(foundation, uuid4())
    await grown(consumer, [kept.tenant_id, lost.tenant_id])
    holder = uuid4()
    readings = {each.tenant_id: each for each in await claimed(foundation, holder)}
    await forget_lease(engine, readings[lost.tenant_id])

    async with foundation.units(operator=True) as work:
        held = await work.readings.renew(holder)

    assert held == {(kept.tenant_id, kept.subscription_id)}
    with pytest.raises(LeaseLostError):
        await released(foundation, readings[lost.tenant_id], 1)


async def test_what_is_abandoned_is_free_at_once(
    foundation: Feed, consumer: Consumer, subscription: Subscription
):
    await grown(consumer, [subscription.tenant_id])
    holder = uuid4()
    await claimed(foundation, holder)
    async with foundation.units(operator=True) as work:
        await work.readings.abandon(holder)

    assert len(await claimed(foundation, uuid4())) == 1


async def test_what_rests_is_left_alone_until_then(
    foundation: Feed, consumer: Consumer, subscription: Subscription
):
    await grown(consumer, [subscription.tenant_id])
    [reading] = await claimed(foundation, uuid4())
    await released(foundation, reading, 0, resting_until=utc_now() + timedelta(hours=1))
    assert await claimed(foundation, uuid4()) == []

    async with foundation.units([reading.tenant_id]) as work:
        await work.readings.call(*reading.key, utc_now())
    assert len(await claimed(foundation, uuid4())) == 1


async def test_what_is_due_is_claimed_without_anything_new(
    foundation: Feed, consumer: Consumer, subscription: Subscription
):
    await grown(consumer, [subscription.tenant_id])
    [reading] = await claimed(foundation, uuid4())
    await released(foundation, reading, 1, due_at=utc_now() - timedelta(seconds=1))

    [again] = await claimed(foundation, uuid4())
    assert (again.position, again.until) == (1, 1)
    await released(foundation, again, 1, due_at=utc_now() + timedelta(hours=1))
    assert await claimed(foundation, uuid4()) == []


async def test_what_becomes_due_while_it_is_held_is_not_forgotten(
    foundation: Feed, consumer: Consumer, subscription: Subscription
):
    await grown(consumer, [subscription.tenant_id])
    [reading] = await claimed(foundation, uuid4())
    async with foundation.units([reading.tenant_id]) as work:
        await work.readings.call(*reading.key, utc_now())

    await released(foundation, reading, 1)

    assert len(await claimed(foundation, uuid4())) == 1


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.ACTIVE, Status.COOLING}))
async def test_nothing_is_claimed_for_a_subscription_that_nothing_is_delivered_to(
    foundation: Feed, consumer: Consumer, status: Status
):
    subscription = await subscribed(foundation, uuid4(), status=status)
    await grown(consumer, [subscription.tenant_id])

    assert await claimed(foundation, uuid4()) == []


async def test_ways_are_claimed_apart(foundation: Feed, consumer: Consumer):
    subscription = await subscribed(foundation, uuid4(), Way.WEBHOOK)
    await grown(consumer, [subscription.tenant_id])

    assert await claimed(foundation, uuid4(), Way.KAFKA) == []
    assert len(await claimed(foundation, uuid4(), Way.WEBHOOK)) == 1


async def test_what_the_days_quota_holds_back_waits_for_the_next_day(
    foundation: Feed, consumer: Consumer, subscription: Subscription, engine: AsyncEngine
):
    tenant_id = subscription.tenant_id
    await grown(consumer, [tenant_id], 5)
    async with transaction(engine, [tenant_id]) as connection:
        await connection.execute(text("UPDATE tenant_feed SET events_per_day = 3"))
    [reading] = await claimed(foundation, uuid4())
    await released(foundation, reading, reading.until)
    assert reading.until == 3
    assert await claimed(foundation, uuid4()) == []

    async with transaction(engine, [tenant_id]) as connection:
        await connection.execute(text("UPDATE tenant_feed SET day = day - 1"))
    [reading] = await claimed(foundation, uuid4())
    assert (reading.position, reading.until) == (3, 5)


async def test_a_subscription_begins_anew_where_it_began(foundation: Feed, consumer: Consumer):
    tenant_id = uuid4()
    await grown(consumer, [tenant_id], 6)
    await subscribed(foundation, tenant_id, start=2)
    [reading] = await claimed(foundation, uuid4())

    async with foundation.units([tenant_id]) as work:
        await work.readings.advance(reading, 5)
        assert await work.readings.restart(reading) == 2
        await work.readings.release(reading, 2)

    assert [each.position for each in await claimed(foundation, uuid4())] == [2]


async def test_another_tenants_reading_is_not_there(
    foundation: Feed, consumer: Consumer, subscription: Subscription
):
    await grown(consumer, [subscription.tenant_id])
    [reading] = await claimed(foundation, uuid4())
    stranger = uuid4()

    async with foundation.units([stranger]) as work:
        with pytest.raises(LeaseLostError):
            await work.readings.advance(reading, 1)
        with pytest.raises(LeaseLostError):
            await work.readings.advance(replace(reading, tenant_id=stranger), 1)


async def test_a_reading_goes_with_its_subscription(
    foundation: Feed, consumer: Consumer, subscription: Subscription
):
    await grown(consumer, [subscription.tenant_id])
    [reading] = await claimed(foundation, uuid4())
    async with foundation.units([subscription.tenant_id]) as work:
        await work.subscriptions.remove(subscription)

    with pytest.raises(LeaseLostError):
        await released(foundation, reading, 1)
