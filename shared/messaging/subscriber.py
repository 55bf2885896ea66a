"""The FastStream subscriber of a service: manual commits, after the work, of what was worked on."""

import asyncio
import logging
import platform
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from shared.crash import crash
from shared.settings import Settings

log = logging.getLogger(__name__)

SESSION_MILLISECONDS = 10_000
MAX_POLL_MILLISECONDS = 300_000
LAG_SECONDS = 4.0


def subscribe(
    broker: KafkaBroker,
    settings: Settings,
    *,
    group: str,
    topics: Sequence[str],
    process: Callable[[Sequence[Any]], Awaitable[None]],
) -> "Subscription":
    """Have `process` get batches of records; it returns only when their offsets may be committed."""
    subscriber = broker.subscriber(
        *topics,
        group_id=group,
        group_instance_id=_member_name(group, settings),
        batch=True,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        max_records=settings.consumer_batch_records,
        batch_timeout_ms=settings.consumer_poll_milliseconds,
        session_timeout_ms=SESSION_MILLISECONDS,
        max_poll_interval_ms=MAX_POLL_MILLISECONDS,
        parser=_parse_unread,
        decoder=_leave_undecoded,
    )

    @subscriber
    async def on_batch(message: KafkaMessage) -> None:
        records: Sequence[Any] = message.raw_message
        try:
            await process(records)
        except Exception:  # noqa: BLE001  # whatever it is, see below
            # Going on would commit past these records: a new process gets them again.
            crash("a batch could be neither handled nor buried")
        await _commit(message.consumer, records)

    return Subscription(subscriber, topics)


class Subscription:
    """A worker's part in its group, to be asked how far behind it is."""

    def __init__(self, subscriber: Any, topics: Sequence[str]) -> None:
        self._subscriber = subscriber
        self._topics = topics

    async def lag(self) -> Mapping[str, int]:
        """Records that wait in the partitions that are this worker's now, by topic.

        Asked of the broker: what the consumer knows by itself is old when it is busy. Raises KafkaError,
        or TimeoutError.
        """
        behind = dict.fromkeys(self._topics, 0)
        consumer = self._subscriber.consumer
        partitions = list(consumer.assignment()) if consumer else []
        if partitions:
            async with asyncio.timeout(LAG_SECONDS):
                ends = await consumer.end_offsets(partitions)
                begins = await consumer.beginning_offsets(partitions)
                done = await asyncio.gather(*map(consumer.committed, partitions))
            for partition, offset in zip(partitions, done, strict=True):
                waiting = ends[partition] - max(offset or 0, begins[partition])
                behind[partition.topic] += max(0, waiting)
        return behind


def _member_name(group: str, settings: Settings) -> str:
    """The same after a restart, so that a killed worker has its partitions back at once."""
    return f"{group}-{platform.node()}-{settings.http_port}"


async def _parse_unread(records: Sequence[Any], parse: Callable[[Any], Awaitable[Any]]) -> Any:
    """Keep FastStream from reading headers: one that is not text would cost the whole batch, silently."""
    message = await parse((replace(records[0], headers=()),))
    message.raw_message = records
    return message


async def _leave_undecoded(message: Any) -> Any:
    """Bodies are parsed by the consumer, which can bury a single one."""
    return message.body


async def _commit(consumer: Any, records: Sequence[Any]) -> None:
    ends = {(record.topic, record.partition): record.offset + 1 for record in records}
    offsets = {TopicPartition(*place): end for place, end in ends.items()}
    try:
        await consumer.commit(offsets)
    except KafkaError:
        # A rebalance took the partition: its next owner gets the records again, and the inbox knows them.
        log.warning("offsets were not committed", exc_info=True)
