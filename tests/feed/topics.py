"""Tenants' topics on the real broker, as an administrator sees them."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic import SecretStr

from deploy.local.stack import Stack
from services.feed.adapters.tenant_topics import TenantTopics, topic_of
from services.feed.application.kafka_ports import TopicUnavailableError
from shared.messaging.connection import connection_options
from tests.member.platform import broker_admin
from tests.support.kafka import settings_of
from tests.support.waiting import until


async def records_of(stack: Stack, tenant_id: UUID) -> Sequence[ConsumerRecord]:
    """All that a tenant's topic has now; nothing if there is no topic."""
    admin = {"kafka_username": "admin", "kafka_password": SecretStr(stack.admin_password("kafka"))}
    settings = settings_of(stack, "feed").model_copy(update=admin)
    partition = TopicPartition(topic_of(tenant_id), 0)
    records: list[ConsumerRecord] = []
    consumer = AIOKafkaConsumer(**connection_options(settings), enable_auto_commit=False)
    async with consumer:
        if partition.topic not in await consumer.topics():
            return []
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        while await consumer.position(partition) < end:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += batch
    return records


def id_of(record: ConsumerRecord) -> str:
    return attribute(record, "ce_id")


def attribute(record: ConsumerRecord, name: str) -> str:
    return str(dict(record.headers)[name].decode())


async def delete_topic(stack: Stack, tenant_id: UUID) -> None:
    async with broker_admin(stack) as admin:
        await asyncio.to_thread(admin.delete_topics, [topic_of(tenant_id)])


async def rights_are_known(stack: Stack) -> None:
    """A broker that has just been told what the feed may do heeds it some milliseconds later."""
    topics = TenantTopics(settings_of(stack, "feed"))

    async def may_create() -> bool:
        try:
            await topics.create(UUID(int=0))
        except TopicUnavailableError:
            return False
        return True

    async with topics.running(lambda: True):
        await until(may_create, bool)
