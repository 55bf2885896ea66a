"""What a relay has read and not struck yet: sent a batch at a time per partition, all partitions at once."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence
from typing import NamedTuple

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError

from shared.messaging.producer import BATCH_BYTES, count_partitions
from shared.messaging.records import RecordBatch
from shared.telemetry.metrics import RELAY_BATCH_SIZE, RELAY_BATCH_TIME, RELAYED

#: What is not acknowledged by then, this producer will not bring through.
SEND_SECONDS = 15.0
#: At the end, what is under way gets so long to be acknowledged and struck.
LAND_SECONDS = 2.0
PROGRESS_SECONDS = 0.5

_STRIKE = "DELETE FROM outbox_pending WHERE id = ANY($1::text::bigint[])"


def as_array(ids: Iterable[int]) -> str:
    """Ids as PostgreSQL writes an array: asyncpg takes longer to look at each of them than this."""
    return f"{{{','.join(map(str, ids))}}}"


class Partition(NamedTuple):
    """Where the events of a hash go; a missing topic counts as one partition."""

    topic: str
    number: int
    of: int


class Flight:
    """Takes rows in the order of their ids; a partition that failed gets nothing more of this flight."""

    def __init__(self, producer: AIOKafkaProducer, writer: asyncpg.Connection) -> None:
        self.in_hand: set[int] = set()
        self.relayed = 0
        self.failed: dict[Partition, Exception] = {}
        self._producer = producer
        self._writer = writer
        self._waiting: dict[Partition, deque[RecordBatch]] = {}
        self._acknowledged: list[int] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_striking = False
        self._broken: Exception | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether something is being sent or struck."""
        return bool(self._tasks)

    async def add(self, rows: Sequence[asyncpg.Record]) -> None:
        """Put rows behind those before them, and send where nothing is being sent."""
        topics = {row["topic"] for row in rows}
        partitions = {topic: await self._partitions_of(topic) for topic in topics}
        for id_, topic, hash_, content in rows:
            numbered = partitions[topic]
            partition = numbered[hash_ % len(numbered)]
            if partition not in self.failed:
                self._put(partition, id_, content)

    async def _partitions_of(self, topic: str) -> list[Partition]:
        count = await count_partitions(self._producer, topic)
        if not count:
            self.failed[Partition(topic, 0, 1)] = UnknownTopicOrPartitionError()
        return [Partition(topic, number, count or 1) for number in range(count or 1)]

    def _put(self, partition: Partition, id_: int, content: bytes) -> None:
        self.in_hand.add(id_)
        batches = self._waiting.get(partition)
        if batches is None:
            batches = self._waiting[partition] = deque()
            self._start(self._send(partition, batches))
        if not (batches and batches[-1].append(id_, content)):
            batches.append(RecordBatch(BATCH_BYTES))
            batches[-1].append(id_, content)

    async def _send(self, partition: Partition, batches: deque[RecordBatch]) -> None:
        """Send batches until there are none: the next one only when the broker has the one before."""
        try:
            while batches:
                batch, started = batches.popleft(), time.monotonic()
                async with asyncio.timeout(SEND_SECONDS):
                    await self._deliver(batch, partition)
                RELAY_BATCH_SIZE.record(len(batch.ids))
                RELAY_BATCH_TIME.record(time.monotonic() - started)
                self._strike(batch.ids)
        except Exception as error:  # noqa: BLE001  # whatever it is, the relay decides
            self.failed[partition] = error
        finally:
            del self._waiting[partition]

    async def _deliver(self, batch: RecordBatch, partition: Partition) -> None:
        """Returns when the broker has it all. Raises when it has nothing, or when that is not known."""
        topic, number, _ = partition
        await (await self._producer.send_batch(batch, topic, partition=number))

    def _strike(self, ids: Sequence[int]) -> None:
        RELAYED.add(len(ids))
        self._acknowledged += ids
        if not self._is_striking:
            self._is_striking = True
            self._start(self._strike_acknowledged())

    async def _strike_acknowledged(self) -> None:
        try:
            while ids := self._acknowledged:
                self._acknowledged = []
                await self._writer.execute(_STRIKE, as_array(ids))
                self.in_hand.difference_update(ids)
                self.relayed += len(ids)
        except Exception as error:  # noqa: BLE001  # raised by `progress`
            self._broken = error
        finally:
            self._is_striking = False

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def progress(self) -> None:
        """Wait until something was sent or struck, or a while. Raises when the database failed."""
        if self._tasks:
            await asyncio.wait(
                self._tasks, timeout=PROGRESS_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        if self._broken:
            raise self._broken

    async def land(self) -> None:
        """Send nothing more; strike what is acknowledged shortly, and leave the rest pending."""
        for batches in self._waiting.values():
            batches.clear()
        latest = time.monotonic() + LAND_SECONDS
        while self._tasks and time.monotonic() < latest:
            await asyncio.wait(self._tasks, timeout=LAND_SECONDS)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
