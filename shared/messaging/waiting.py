"""What waits on a service's topics, asked of the broker: also while no worker of the service runs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.messaging.connection import connection_options
from shared.messaging.positions import is_behind
from shared.settings import Settings

#: Of so many records it is looked whom they are about.
LOOKED_AT = 1_000
SECONDS = 4.0
_POLL_MILLISECONDS = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records of a topic that the service has not handled; the oldest's time, and whose they are.

    `tenants` are those of the first LOOKED_AT records.
    """

    topic: str
    records: int
    oldest_at: datetime | None = None
    tenants: tuple[str, ...] = ()


class Topics(Protocol):
    """The topics that a service reads."""

    async def waiting(self) -> Sequence[Waiting]:
        """What waits on each. Raises KafkaError or TimeoutError."""


class KafkaTopics:
    """The topics on the broker, seen beside the service's group, which does not notice."""

    def __init__(self, settings: Settings, group: str, topics: Sequence[str]) -> None:
        self._options = connection_options(settings)
        self._group = group
        self._topics = topics

    async def waiting(self) -> Sequence[Waiting]:
        """What waits on each topic. Raises KafkaError or TimeoutError."""
        async with asyncio.timeout(SECONDS):
            committed = await self._committed()
            reader = AIOKafkaConsumer(*self._topics, **self._options, enable_auto_commit=False)
            async with reader:
                ends = await reader.end_offsets(list(reader.assignment()))
                behind = await _stand(reader, committed, ends)
                records = await _first(reader, ends)
        return [_of_topic(topic, behind, records) for topic in self._topics]

    async def _committed(self) -> Mapping[TopicPartition, Any]:
        admin = AIOKafkaAdminClient(**self._options)
        await admin.start()
        try:
            found: Mapping[TopicPartition, Any] = await admin.list_consumer_group_offsets(
                self._group
            )
        finally:
            await admin.close()
        return found


async def _stand(
    reader: AIOKafkaConsumer,
    committed: Mapping[TopicPartition, Any],
    ends: Mapping[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """Stand where the group does; returns how many records wait in each partition."""
    begins = await reader.beginning_offsets(list(ends))
    behind = {}
    for partition in ends:
        done = committed[partition].offset if partition in committed else 0
        begin = max(done, begins[partition])
        behind[partition] = max(0, ends[partition] - begin)
        reader.seek(partition, min(begin, ends[partition]))
    return behind


async def _first(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[Any]:
    records: list[Any] = []
    while len(records) < LOOKED_AT and await is_behind(reader, ends):
        fetched = await reader.getmany(
            timeout_ms=_POLL_MILLISECONDS, max_records=LOOKED_AT - len(records)
        )
        records += [record for group in fetched.values() for record in group]
    return records


def _of_topic(topic: str, behind: Mapping[TopicPartition, int], records: Sequence[Any]) -> Waiting:
    number = sum(count for partition, count in behind.items() if partition.topic == topic)
    own = [record for record in records if record.topic == topic]
    oldest = min((record.timestamp for record in own), default=None)
    named = {value for each in own for name, value in each.headers if name == "ce_tenantid"}
    return Waiting(
        topic,
        number,
        None if oldest is None else datetime.fromtimestamp(oldest / 1_000, UTC),
        tuple(sorted(value.decode(errors="replace") for value in named if value)),
    )
