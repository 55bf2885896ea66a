"""From the log to tenants' topics on real Kafka: none lost, order kept, doubles only with the same id."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.stack import Stack
from services.feed.adapters.log_reader import LogReader
from services.feed.adapters.tenant_topics import TenantTopics
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.send_to_kafka import KafkaSender
from services.feed.bootstrap import _foundation
from services.feed.domain.subscription import Way
from services.feed.entrypoints.consumer import create_consumer
from services.feed.entrypoints.kafka_delivery import kafka_delivery
from services.feed.settings import FeedSettings
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.records import cancelled, requested
from tests.feed.subscribers import subscribed
from tests.feed.topics import attribute, delete_topic, id_of, records_of, rights_are_known
from tests.support.processes import Process, running
from tests.support.waiting import until

Feed = Foundation[PostgresUnitOfWork]
Consumer = BatchConsumer[PostgresUnitOfWork]


@pytest.fixture
async def feed(brokers: Stack, engine: AsyncEngine) -> AsyncIterator[Feed]:
    """The feed with its own user of the broker; nothing but what a test makes is to be claimed."""
    await rights_are_known(brokers)
    async with transaction(engine, operator=True) as connection:
        await connection.execute(text("DELETE FROM reading"))
    environment = brokers.service_environment("feed", "worker")
    settings = FeedSettings.model_validate(
        {name.lower(): value for name, value in environment.items()}
    )
    foundation = _foundation(settings)
    async with foundation.running():
        yield foundation


@pytest.fixture
def consumer(feed: Feed) -> Consumer:
    return create_consumer(feed)


@asynccontextmanager
async def delivering(feed: Feed) -> AsyncIterator[None]:
    task = asyncio.ensure_future(kafka_delivery(feed).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def ids_in_log(engine: AsyncEngine, tenant_id: UUID, types: Sequence[str] = ()) -> list[str]:
    query = text(
        "SELECT event_id FROM log WHERE tenant_id = :tenant_id"
        " AND (:all OR type = ANY (CAST(:types AS text[]))) ORDER BY position"
    )
    values = {"tenant_id": tenant_id, "types": list(types), "all": not types}
    async with transaction(engine, [tenant_id]) as connection:
        return [str(each) for each in (await connection.execute(query, values)).scalars()]


def first_occurrences(records: Sequence[ConsumerRecord]) -> list[str]:
    return list(dict.fromkeys(map(id_of, records)))


async def test_a_subscriber_gets_what_it_subscribed_to_in_the_order_of_the_log(
    feed: Feed, consumer: Consumer, brokers: Stack, engine: AsyncEngine
):
    tenant_id, booking_id = uuid4(), uuid4()
    wanted = ["booking.cancelled.v1"]
    await subscribed(feed, tenant_id, types=wanted)
    async with delivering(feed):
        for number in range(5):
            booking_id = uuid4()
            await consumer.process([requested(tenant_id, booking_id)])
            await consumer.process([cancelled(tenant_id, booking_id, sequence=2)])
            await until(
                lambda: records_of(brokers, tenant_id),
                lambda records, n=number: len(records) == n + 1,  # type: ignore[misc]
            )
        records = await records_of(brokers, tenant_id)

    assert [id_of(each) for each in records] == await ids_in_log(engine, tenant_id, wanted)
    assert {attribute(each, "ce_tenantid") for each in records} == {str(tenant_id)}


async def test_a_worker_that_ends_between_sending_and_noting_it_causes_doubles_with_the_same_id(
    feed: Feed, consumer: Consumer, brokers: Stack, engine: AsyncEngine
):
    tenant_id = uuid4()
    await subscribed(feed, tenant_id)
    await consumer.process([requested(tenant_id) for _ in range(7)])
    async with feed.units(operator=True) as work:
        [reading] = await work.readings.claim(Way.KAFKA, uuid4(), 10)

    def killed(*_: object) -> None:
        raise InterruptedError

    topics = TenantTopics(feed.settings)
    reads = feed.reader.reads(LogReader)
    async with topics.running(lambda: True):
        await topics.create(tenant_id)
        with pytest.raises(InterruptedError):
            await KafkaSender(killed, reads, topics, utc_now).send(reading)  # type: ignore[arg-type]
    async with transaction(engine, [tenant_id]) as connection:
        await connection.execute(text("UPDATE reading SET leased_until = now() - interval '1 s'"))
    ids = await ids_in_log(engine, tenant_id)
    async with delivering(feed):
        records = await until(
            lambda: records_of(brokers, tenant_id), lambda records: len(records) == 14
        )

    assert [id_of(each) for each in records] == [*ids, *ids]


async def test_a_topic_that_was_deleted_is_made_anew_and_filled_again(
    feed: Feed, consumer: Consumer, brokers: Stack, engine: AsyncEngine
):
    tenant_id = uuid4()
    await subscribed(feed, tenant_id)
    await consumer.process([requested(tenant_id) for _ in range(3)])
    async with delivering(feed):
        await until(lambda: records_of(brokers, tenant_id), lambda records: len(records) == 3)
    await delete_topic(brokers, tenant_id)
    await consumer.process([requested(tenant_id)])
    async with delivering(feed):
        records = await until(
            lambda: records_of(brokers, tenant_id), lambda records: len(records) == 4
        )

    assert [id_of(each) for each in records] == await ids_in_log(engine, tenant_id)


@pytest.mark.parametrize("seed", [1, 2])
async def test_killed_workers_lose_nothing(
    feed: Feed, consumer: Consumer, brokers: Stack, engine: AsyncEngine, seed: int
):
    dice = random.Random(seed)
    tenants = [uuid4() for _ in range(4)]
    for tenant_id in tenants:
        await subscribed(feed, tenant_id)
    workers = [
        Process(brokers, "feed", port=brokers.ports["feed_worker"]),
        Process(brokers, "feed", port=brokers.ports["feed"]),
    ]

    async def sent() -> int:
        return sum([len(await records_of(brokers, each)) for each in tenants])

    with running(*workers):
        for worker in workers:
            await worker.ready()
        appended = 0
        for _ in range(6):
            count = dice.randint(50, 400)
            appended += count
            await consumer.process([requested(dice.choice(tenants)) for _ in range(count)])
            victim = dice.choice(workers)
            few = appended - dice.randint(0, count)
            await until(sent, lambda number, few=few: number >= few, seconds=90)  # type: ignore[misc]
            victim.kill()
            victim.start()
        await until(lambda: behind(engine, tenants), lambda count: count == 0, seconds=90)
        for worker in workers:
            await worker.ready()

    for tenant_id in tenants:
        records = await records_of(brokers, tenant_id)
        assert first_occurrences(records) == await ids_in_log(engine, tenant_id)


async def behind(engine: AsyncEngine, tenants: Sequence[UUID]) -> int:
    query = (
        "SELECT count(*) FROM reading JOIN tenant_feed USING (tenant_id)"
        " WHERE reading.position < tenant_feed.position"
    )
    async with transaction(engine, tenants) as connection:
        return int(await connection.scalar(text(query)))
