"""The feed keeps to what member says that a tenant may use."""

from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.queries import PostgresQueries
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.records import activated, limited, requested

Consumer = BatchConsumer[PostgresUnitOfWork]


async def quota(engine: AsyncEngine, tenant_id: object) -> tuple[int, int]:
    query = text("SELECT events_per_day, subscriptions FROM tenant_feed WHERE tenant_id = :id")
    async with transaction(engine, [tenant_id]) as connection:  # type: ignore[list-item]
        events, subscriptions = (await connection.execute(query, {"id": tenant_id})).one()
        return events, subscriptions


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_newest_quota_counts_however_often_it_is_told(
    consumer: Consumer, engine: AsyncEngine, order: tuple[int, ...]
) -> None:
    tenant_id = uuid4()
    told = [limited(tenant_id, 10 * n, n, sequence=n) for n in (1, 2, 3)]
    await consumer.process([*told, requested(tenant_id)])
    for n in order:
        await consumer.rebuild([told[n]])
    assert await quota(engine, tenant_id) == (30, 3)


async def test_what_is_beyond_the_quota_waits(
    foundation: Foundation[PostgresUnitOfWork], consumer: Consumer
) -> None:
    tenant_id = uuid4()
    await consumer.process([activated(tenant_id), limited(tenant_id, 3, 1, sequence=2)])
    await consumer.process([requested(tenant_id) for _ in range(5)])
    async with foundation.reader.reads(PostgresQueries)([tenant_id]) as queries:
        page = await queries.page(tenant_id, after=0, types=None, limit=100)
    assert len(page.entries) == page.readable == 3
    await consumer.process([limited(tenant_id, 100, 1, sequence=3)])
    async with foundation.reader.reads(PostgresQueries)([tenant_id]) as queries:
        page = await queries.page(tenant_id, after=page.upto, types=None, limit=100)
    assert len(page.entries) == 5, "five that waited, and the new quota, less one that was read"
