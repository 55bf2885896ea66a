"""The log is kept for its time; who comes later is told so."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters import retention
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from tests.feed.records import requested

Consumer = BatchConsumer[PostgresUnitOfWork]


async def test_old_days_go_and_the_oldest_position_moves(
    consumer: Consumer, engine: AsyncEngine
) -> None:
    tenant_id, quiet = uuid4(), uuid4()
    await consumer.process([requested(each) for each in (tenant_id, quiet) for _ in range(6)])
    today = utc_now().date()
    await retention.create_partitions(engine, today - timedelta(days=40), 1)
    for moved, days, count in ((tenant_id, 40, 2), (tenant_id, 35, 4), (quiet, 40, 6)):
        await _age(engine, moved, today - timedelta(days=days), count)
    await retention.drop_before(engine, today - timedelta(days=30))
    assert await _kept(engine, tenant_id) == (5, [5, 6])
    assert await _kept(engine, quiet) == (7, [])
    await consumer.process([requested(quiet)])
    assert await _kept(engine, quiet) == (7, [7])
    async with transaction(engine) as connection:
        partition = f"log_{today - timedelta(days=40):%Y%m%d}"
        found = await connection.execute(text("SELECT to_regclass(:name)"), {"name": partition})
        assert found.scalar_one() is None


async def _age(engine: AsyncEngine, tenant_id: UUID, day: date, upto: int) -> None:
    """The entries up to a position are of another day; one has a partition, the other has not."""
    row = {"tenant": tenant_id, "day": day, "upto": upto, "today": utc_now().date()}
    statement = (
        "UPDATE log SET day = :day WHERE tenant_id = :tenant AND position <= :upto AND day = :today"
    )
    async with transaction(engine, [tenant_id]) as connection:
        await connection.execute(text(statement), row)


async def _kept(engine: AsyncEngine, tenant_id: UUID) -> tuple[int, list[int]]:
    async with transaction(engine, [tenant_id]) as connection:
        oldest = await connection.execute(text("SELECT oldest_position FROM tenant_feed"))
        positions = await connection.execute(text("SELECT position FROM log ORDER BY 1"))
        return oldest.scalar_one(), list(positions.scalars())


async def test_a_partition_is_reached_by_way_of_its_table_only(
    consumer: Consumer, engine: AsyncEngine
) -> None:
    tenant_id = uuid4()
    await consumer.process([requested(tenant_id)])
    partition = f"log_{utc_now().date():%Y%m%d}"
    async with transaction(engine, [tenant_id]) as connection:
        counted = await connection.execute(text(f"SELECT count(*) FROM {partition}"))
        assert counted.scalar_one() == 0
        assert (await connection.execute(text("SELECT count(*) FROM log"))).scalar_one() == 1
