"""Reading the broker as its administrator: whole topics, and how far each consumer group is."""

import json
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import SecretStr

from deploy.local.stack import Stack
from shared.envelope import Envelope
from shared.messaging.connection import connection_options
from tests.chaos.evidence import Record
from tests.support.kafka import settings_of

Offsets = dict[TopicPartition, int]


class Broker:
    """The topics of a stack's broker."""

    def __init__(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        self._consumer, self._admin = consumer, admin

    async def ends(self, topics: Iterable[str]) -> Offsets:
        """Where each partition ends now."""
        partitions = [each for topic in topics for each in await self._partitions(topic)]
        return dict(await self._consumer.end_offsets(partitions))

    async def committed(self, group: str) -> Offsets:
        """Up to where a group has handled each partition."""
        found = await self._admin.list_consumer_group_offsets(group)
        return {partition: each.offset for partition, each in found.items()}

    async def records(self, topics: Iterable[str], tenant_ids: Collection[str]) -> list[Record]:
        """The tenants' records of topics, each partition's in order."""
        ends = await self.ends(topics)
        self._consumer.assign(list(ends))
        await self._consumer.seek_to_beginning(*ends)
        found: list[Record] = []
        while not await self._has_read(ends):
            for batch in (await self._consumer.getmany(timeout_ms=500)).values():
                found += [_read(each) for each in batch if _tenant(each) in tenant_ids]
        return found

    async def _has_read(self, ends: Offsets) -> bool:
        return all([await self._consumer.position(each) >= end for each, end in ends.items()])

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        [described] = await self._admin.describe_topics([topic])
        return [TopicPartition(topic, each["partition"]) for each in described["partitions"]]


@asynccontextmanager
async def reading(stack: Stack) -> AsyncIterator[Broker]:
    """The broker, as long as it is read."""
    admin = {
        "kafka_username": "admin",
        "kafka_password": SecretStr(stack.admin_password("kafka")),
    }
    options = connection_options(settings_of(stack, "voucher").model_copy(update=admin))
    client = AIOKafkaAdminClient(**options)
    async with AIOKafkaConsumer(**options, enable_auto_commit=False) as consumer:
        await client.start()
        try:
            yield Broker(consumer, client)
        finally:
            await client.close()


def _tenant(record: Any) -> str:
    return (record.key or b"").decode(errors="replace").partition(":")[0]


def _read(record: Any) -> Record:
    envelope = Envelope.parse(record.headers, record.key, record.value)
    body = json.loads(envelope.data) if envelope.data else {}
    return Record(
        topic=record.topic,
        partition=record.partition,
        event_id=str(envelope.id),
        type=envelope.type,
        key=envelope.key,
        sequence=envelope.sequence,
        data=envelope.data,
        booking_id=body.get("booking_id", ""),
    )
