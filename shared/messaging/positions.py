"""Where a reader stands that reads partitions by itself, beside its service's group."""

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition


async def is_behind(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    """Whether it has not come to these ends yet."""
    for partition, end in ends.items():
        if await reader.position(partition) < end:
            return True
    return False
