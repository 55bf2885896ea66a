"""Replay: a service reads a topic again and rebuilds its copies of what others own.

It reads beside the consumer group, so nobody else notices, and no event takes effect twice: only
handlers that keep copies are run. What a topic no longer has, its owner publishes again first.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database.engine import transaction
from shared.inbox.records import Record
from shared.messaging.connection import connection_options
from shared.settings import Settings

log = logging.getLogger(__name__)

POLL_MILLISECONDS = 500
#: A replay whose worker has said nothing for so long is begun again by another.
LOST_SECONDS = 60

_ASK = text(
    """
    INSERT INTO replay (topic, since, from_offset) VALUES (:topic, :since, :from_offset)
    RETURNING *
    """
)
_LIST = text("SELECT * FROM replay ORDER BY id DESC LIMIT :limit OFFSET :skip")
_TAKE = text(
    """
    UPDATE replay SET state = 'running', events = 0, heard_at = now() WHERE id = (
        SELECT id FROM replay
        WHERE state = 'waiting' OR (state = 'running' AND heard_at < now() - make_interval(secs => :lost))
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING *
    """
)
_BEAT = text("UPDATE replay SET events = events + :events, heard_at = now() WHERE id = :id")
_END = text("UPDATE replay SET state = :state, heard_at = now() WHERE id = :id")

Rebuild = Callable[[Sequence[Record]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: at a time or at an offset of every partition; with neither, at the beginning."""

    since: datetime | None = None
    from_offset: int | None = None


async def ask(connection: AsyncConnection, topic: str, start: Start) -> Any:
    """Have a worker replay a topic; returns the row that tells how it goes."""
    row = {"topic": topic, "since": start.since, "from_offset": start.from_offset}
    return (await connection.execute(_ASK, row)).one()


async def replays(connection: AsyncConnection, *, limit: int, skip: int) -> Sequence[Any]:
    """The replays, newest first."""
    return (await connection.execute(_LIST, {"limit": limit, "skip": skip})).all()


class Replayer:
    """Does, in a worker, the replays that were asked for, one after the other."""

    def __init__(self, engine: AsyncEngine, settings: Settings, rebuild: Rebuild) -> None:
        self._engine = engine
        self._settings = settings
        self._rebuild = rebuild

    async def run(self) -> None:
        """Do every replay that waits."""
        while replay := await self._take():
            start = Start(replay.since, replay.from_offset)
            try:
                await self._replay(replay.id, replay.topic, start)
            except KafkaError:
                log.exception("replay %d of %s met the broker's error", replay.id, replay.topic)
                await self._execute(_END, {"id": replay.id, "state": "failed"})
            else:
                await self._execute(_END, {"id": replay.id, "state": "done"})

    async def _replay(self, replay_id: int, topic: str, start: Start) -> None:
        async def rebuild(records: Sequence[Record]) -> None:
            rebuilt = await self._rebuild(records)
            await self._execute(_BEAT, {"id": replay_id, "events": rebuilt})

        await read_again(self._settings, topic, start, rebuild)

    async def _take(self) -> Any | None:
        async with transaction(self._engine) as connection:
            return (await connection.execute(_TAKE, {"lost": LOST_SECONDS})).first()

    async def _execute(self, statement: Any, row: dict[str, Any]) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(statement, row)


async def read_again(
    settings: Settings,
    topic: str,
    start: Start,
    handle: Callable[[Sequence[Record]], Awaitable[None]],
) -> None:
    """Have `handle` get the records of a topic from a start to where it ends now. Raises KafkaError."""
    consumer = AIOKafkaConsumer(
        topic,
        **connection_options(settings),
        enable_auto_commit=False,
        max_poll_records=settings.consumer_batch_records,
    )
    async with consumer:
        ends = await _stand_at(consumer, start)
        while await _is_behind(consumer, ends):
            fetched = await consumer.getmany(timeout_ms=POLL_MILLISECONDS)
            await handle([record for group in fetched.values() for record in group])


async def _stand_at(consumer: AIOKafkaConsumer, start: Start) -> dict[TopicPartition, int]:
    """Stand at the start in every partition; returns where each ends now."""
    partitions = list(consumer.assignment())
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    begins: dict[TopicPartition, int] = await consumer.beginning_offsets(partitions)
    for partition, begin in (await _begins(consumer, begins, start)).items():
        consumer.seek(partition, min(max(begin, begins[partition]), ends[partition]))
    return ends


async def _begins(
    consumer: AIOKafkaConsumer, begins: dict[TopicPartition, int], start: Start
) -> dict[TopicPartition, int]:
    if start.since is None:
        return dict.fromkeys(begins, start.from_offset or 0)
    milliseconds = int(start.since.timestamp() * 1_000)
    found = await consumer.offsets_for_times(dict.fromkeys(begins, milliseconds))
    ends = await consumer.end_offsets(list(begins))
    return {each: found[each].offset if found[each] else ends[each] for each in begins}


async def _is_behind(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for partition, end in ends.items():
        if await consumer.position(partition) < end:
            return True
    return False
