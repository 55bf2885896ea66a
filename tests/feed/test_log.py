"""What happens inside becomes entries in the logs of the tenants that it concerns."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.invariants import violated_invariants
from services.feed.adapters.queries import PostgresQueries
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.queries import Page
from services.feed.entrypoints.consumer import create_consumer
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.records import activated, deleted, requested

Consumer = BatchConsumer[PostgresUnitOfWork]
Feed = Foundation[PostgresUnitOfWork]


async def page(feed: Feed, tenant_id: UUID, after: int = 0, **asked: Any) -> Page:
    reads = feed.reader.reads(PostgresQueries)
    async with reads([tenant_id]) as queries:
        return await queries.page(
            tenant_id, after=after, **{"types": None, "limit": 1_000, **asked}
        )


async def positions(feed: Feed, tenant_id: UUID, after: int = 0, **asked: Any) -> list[int]:
    return [each.position for each in (await page(feed, tenant_id, after, **asked)).entries]


async def test_an_event_is_a_whole_cloudevent_in_the_log_of_its_tenant(
    foundation: Feed, consumer: Consumer
) -> None:
    tenant_id, booking_id = uuid4(), uuid4()
    arrived = requested(tenant_id, booking_id)
    await consumer.process([arrived])
    [entry] = (await page(foundation, tenant_id)).entries
    headers = {name: value.decode() for name, value in arrived.headers}
    event = orjson.loads(entry.content)
    assert (entry.position, entry.type, entry.aggregate) == (
        1,
        "booking.requested.v1",
        str(booking_id),
    )
    assert event["id"] == headers["ce_id"]
    assert event["sequence"] == headers["ce_sequence"]
    assert event["time"] == event["timestamp"] == headers["ce_time"]
    assert (event["tenantid"], event["view"]) == (str(tenant_id), "own")
    assert event["data"]["booking_id"] == str(booking_id)


async def test_redelivery_appends_nothing(foundation: Feed, consumer: Consumer) -> None:
    tenant_id = uuid4()
    records = [requested(tenant_id) for _ in range(3)]
    for again in (records, records[:2], records[1:]):
        await consumer.process(again)
    assert await positions(foundation, tenant_id) == [1, 2, 3]


async def test_positions_have_no_gaps_and_follow_the_commits_of_several_workers(
    foundation: Feed, engine: AsyncEngine
) -> None:
    """Whoever has read up to a position never misses a smaller one, which commits later."""
    tenants = [uuid4() for _ in range(5)]
    workers = [create_consumer(foundation) for _ in range(4)]
    seen: dict[UUID, int] = dict.fromkeys(tenants, 0)
    counts: dict[UUID, int] = dict.fromkeys(tenants, 0)

    async def follow(done: asyncio.Event) -> None:
        while not done.is_set():
            for tenant_id in tenants:
                found = await positions(foundation, tenant_id, seen[tenant_id])
                assert found == list(range(seen[tenant_id] + 1, seen[tenant_id] + 1 + len(found)))
                seen[tenant_id] += len(found)
                counts[tenant_id] += len(found)

    done = asyncio.Event()
    following = asyncio.create_task(follow(done))
    await asyncio.gather(
        *(
            worker.process([requested(each) for each in tenants for _ in range(10)])
            for worker in workers
            for _ in range(5)
        )
    )
    done.set()
    await following
    for tenant_id in tenants:
        assert await positions(foundation, tenant_id) == list(range(1, 201))
    async with transaction(engine, tenants) as connection:
        assert await violated_invariants(connection) == []


async def test_a_transaction_that_fails_leaves_no_gap(
    foundation: Feed, engine: AsyncEngine
) -> None:
    tenant_id = uuid4()
    consumer = create_consumer(foundation)
    await consumer.process([requested(tenant_id)])
    with pytest.raises(RuntimeError, match="after the counter"):
        async with foundation.units([tenant_id]) as work:
            await work.connection.execute(
                text("UPDATE tenant_feed SET position = position + 7 WHERE tenant_id = :t"),
                {"t": tenant_id},
            )
            raise RuntimeError("after the counter")
    await consumer.process([requested(tenant_id)])
    assert await positions(foundation, tenant_id) == [1, 2]


async def test_the_quota_holds_back_until_tomorrow_and_loses_nothing(
    foundation: Feed, consumer: Consumer, engine: AsyncEngine
) -> None:
    tenant_id = uuid4()
    await consumer.process([requested(tenant_id)])
    await _set(engine, tenant_id, "events_per_day = 3")
    await consumer.process([requested(tenant_id) for _ in range(5)])
    assert (await page(foundation, tenant_id)).readable == 3
    assert await positions(foundation, tenant_id) == [1, 2, 3]
    await _set(engine, tenant_id, "day = day - 1")
    assert await positions(foundation, tenant_id) == [1, 2, 3, 4, 5, 6]


async def test_a_page_is_bounded_and_says_how_far_it_looked(
    foundation: Feed, consumer: Consumer
) -> None:
    tenant_id = uuid4()
    await consumer.process([activated(tenant_id), *(requested(tenant_id) for _ in range(9))])
    first = await page(foundation, tenant_id, limit=4)
    assert ([each.position for each in first.entries], first.upto, first.readable) == (
        [1, 2, 3, 4],
        4,
        10,
    )
    rare = await page(foundation, tenant_id, types=frozenset({"tenant.activated.v1"}))
    assert ([each.position for each in rare.entries], rare.upto) == ([1], 10)
    nothing = await page(foundation, tenant_id, after=10)
    assert (list(nothing.entries), nothing.upto) == ([], 10)
    stranger = await page(foundation, uuid4())
    assert (list(stranger.entries), stranger.readable) == ([], 0)


async def test_a_deleted_tenant_has_no_log_and_gets_none(
    foundation: Feed, consumer: Consumer, engine: AsyncEngine
) -> None:
    tenant_id = uuid4()
    await consumer.process([activated(tenant_id), requested(tenant_id)])
    await consumer.process([deleted(tenant_id)])
    await consumer.process([requested(tenant_id)])
    assert await positions(foundation, tenant_id) == []
    async with transaction(engine, [tenant_id]) as connection:
        rows = await connection.execute(text("SELECT count(*) FROM log"))
        assert rows.scalar_one() == 0


async def _set(engine: AsyncEngine, tenant_id: UUID, change: str) -> None:
    async with transaction(engine, [tenant_id]) as connection:
        await connection.execute(
            text(f"UPDATE tenant_feed SET {change} WHERE tenant_id = :t"), {"t": tenant_id}
        )
