"""Tenants' topics on Kafka: made when they are first needed, filled by one idempotent producer a worker.

A failed send leaves the producer's state in doubt: a stalled request could arrive later. So the next
send begins with a new producer, and the old one sends nothing any more.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code
from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from services.feed.adapters.kafka_records import encode_record
from services.feed.application.kafka_ports import TopicMissingError, TopicUnavailableError
from services.feed.domain.subscription import Selection
from shared.messaging.connection import connection_options
from shared.messaging.producer import BATCH_BYTES, create_producer
from shared.messaging.records import RecordBatch
from shared.settings import Settings

log = logging.getLogger(__name__)

#: Like the log's: what a subscriber did not read by then is gone.
RETENTION_MILLISECONDS = 30 * 24 * 3_600_000
#: As many replicas as the cluster gives every topic.
CLUSTER_DEFAULT = -1
#: What is not acknowledged by then, this producer will not bring through.
SEND_SECONDS = 15.0
#: A new topic is known to all brokers after some milliseconds.
KNOWN_SECONDS, KNOWN_POLL_SECONDS = 10.0, 0.05


def topic_of(tenant_id: UUID) -> str:
    """The topic of a tenant; its user has the same name."""
    return f"tenant-{tenant_id}"


def group_prefix_of(tenant_id: UUID) -> str:
    """What every consumer group of a tenant begins with."""
    return f"{topic_of(tenant_id)}-"


class TenantTopics:
    """One worker's way to the topics."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._may_send: Callable[[], bool] = lambda: False
        self._producer: Any = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def running(self, may_send: Callable[[], bool]) -> AsyncIterator[None]:
        """Send while the block lasts, if `may_send` at the moment; nothing connects before it is used."""
        self._may_send = may_send
        try:
            yield
        finally:
            if self._producer:
                await self._give_up(self._producer)

    async def send(self, tenant_id: UUID, contents: Sequence[bytes], selection: Selection) -> None:
        """Returns when the broker has it all. Raises TopicMissingError or TopicUnavailableError."""
        producer = await self._started()
        try:
            for batch in _batches(contents, selection):
                async with asyncio.timeout(SEND_SECONDS):
                    await _send(producer, topic_of(tenant_id), batch)
        except (KafkaError, TimeoutError) as error:
            log.warning("a tenant's topic takes nothing: %s", type(error).__name__)
            await self._give_up(producer)
            raise TopicUnavailableError from error
        except asyncio.CancelledError:  # whether it arrives is not known either
            await self._give_up(producer)
            raise

    async def create(self, tenant_id: UUID) -> bool:
        """Make a tenant's topic; whether there was none. Raises TopicUnavailableError."""
        topic = NewTopic(
            topic_of(tenant_id),
            num_partitions=1,
            replication_factor=CLUSTER_DEFAULT,
            replica_assignments={},  # the library wants to be told that the cluster decides
            topic_configs={"retention.ms": str(RETENTION_MILLISECONDS)},
        )
        admin = AIOKafkaAdminClient(**connection_options(self._settings))
        try:
            await admin.start()
            answer = await admin.create_topics([topic])
        except (KafkaError, TimeoutError) as error:
            raise TopicUnavailableError from error
        finally:
            await admin.close()
        code = answer.topic_errors[0][1]
        if code not in (0, TopicAlreadyExistsError.errno):
            log.error("a tenant's topic cannot be made: %s", for_code(code).__name__)
            raise TopicUnavailableError
        await self._until_known(topic.name)
        return bool(code == 0)

    async def _until_known(self, topic: str) -> None:
        producer = await self._started()
        looking = AsyncRetrying(
            retry=retry_if_result(lambda is_known: not is_known),
            wait=wait_fixed(KNOWN_POLL_SECONDS),
            stop=stop_after_delay(KNOWN_SECONDS),
            retry_error_callback=lambda _: None,
        )
        try:
            await looking(_is_known, producer, topic)
        except KafkaError as error:
            raise TopicUnavailableError from error

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = create_producer(self._settings, self._may_send)
                try:
                    await producer.start()
                except KafkaError as error:
                    await producer.stop()
                    raise TopicUnavailableError from error
                self._producer = producer
            return self._producer

    async def _give_up(self, producer: Any) -> None:
        """Whatever it has not sent fails at once; every reading that it was for is taken again."""
        if producer is not self._producer:
            return  # somebody else has
        self._producer = None
        # Stopping alone would wait for what can never be sent, and there is no other way to give that up.
        producer._message_accumulator.fail_all(KafkaError("the producer was given up"))  # noqa: SLF001
        await producer.stop()


def _batches(contents: Sequence[bytes], selection: Selection) -> Iterator[RecordBatch]:
    batch = RecordBatch(BATCH_BYTES)
    for number, content in enumerate(contents):
        record = encode_record(content, selection)
        if not batch.append(number, record):
            yield batch
            batch = RecordBatch(BATCH_BYTES)
            batch.append(number, record)
    yield batch


async def _send(producer: AIOKafkaProducer, topic: str, batch: RecordBatch) -> None:
    if not await _is_known(producer, topic):
        raise TopicMissingError
    await (await producer.send_batch(batch, topic, partition=0))


async def _is_known(producer: AIOKafkaProducer, topic: str) -> bool:
    """Whether the broker tells of the topic. The producer follows all topics that it may see at once."""
    cluster = producer.client.cluster
    if (
        not cluster.partitions_for_topic(topic)
        and not await producer.client.force_metadata_update()
    ):
        raise KafkaConnectionError("the broker does not tell which topics there are")
    return bool(cluster.partitions_for_topic(topic))
