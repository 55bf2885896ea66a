"""Sending whole batches to Kafka: one a partition, awaited once, and what was acknowledged."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from shared.messaging.connection import connection_options
from shared.settings import Settings

BATCH_BYTES = 900 * 1024
LINGER_MILLISECONDS = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record to send; `id` is the sender's own name for it."""

    id: int
    topic: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What the broker acknowledged, and the errors of the partitions that failed."""

    acknowledged: list[int]
    errors: list[Exception]


def create_producer(settings: Settings) -> AIOKafkaProducer:
    """A producer that loses nothing: acks=all, idempotent."""
    return AIOKafkaProducer(
        **connection_options(settings),
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
        max_request_size=2 * BATCH_BYTES,
        linger_ms=LINGER_MILLISECONDS,
        request_timeout_ms=10_000,
    )


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's own clients choose for a key."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


async def send(producer: AIOKafkaProducer, records: Sequence[Record]) -> Sent:
    """Send records, keeping their order within a partition.

    At most one batch goes to a partition; what does not fit is neither sent nor acknowledged, and
    stays the caller's for the next round, so that order survives a failed batch.
    """
    by_partition: dict[tuple[str, int], list[Record]] = defaultdict(list)
    partitions: dict[str, int] = {}
    for record in records:
        if record.topic not in partitions:
            partitions[record.topic] = len(await producer.partitions_for(record.topic))
        by_partition[record.topic, partition_of(record.key, partitions[record.topic])].append(
            record
        )
    pending = []
    for (topic, partition), group in by_partition.items():
        batch, ids = _fill(producer, group)
        pending.append((ids, await producer.send_batch(batch, topic, partition=partition)))
    sent = Sent([], [])
    for ids, future in pending:
        try:
            await future
        except Exception as error:  # noqa: BLE001  # every failure of a partition is reported to the caller
            sent.errors.append(error)
        else:
            sent.acknowledged.extend(ids)
    return sent


def _fill(producer: AIOKafkaProducer, records: Sequence[Record]) -> tuple[object, list[int]]:
    batch = producer.create_batch()
    ids = []
    for record in records:
        if (
            batch.append(
                key=record.key, value=record.value, timestamp=None, headers=list(record.headers)
            )
            is None
        ):
            break
        ids.append(record.id)
    batch.close()
    return batch, ids
