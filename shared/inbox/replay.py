"""Replay: a service reads a topic again and rebuilds its copies of what others own.

It reads beside the consumer group, so nobody else notices, and no event takes effect twice: only
handlers that keep copies are run. What a topic no longer has, its owner publishes again first.
A worker first counts what there is to be read: then a second person confirms.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database.engine import transaction
from shared.inbox.records import Record
from shared.messaging.connection import connection_options
from shared.messaging.positions import is_behind
from shared.operations.approval import require_second_person
from shared.settings import Settings

log = logging.getLogger(__name__)

POLL_MILLISECONDS = 500
#: A replay whose worker has said nothing for so long is begun again by another.
LOST_SECONDS = 60

_ASK = text(
    """
    INSERT INTO replay (topic, since, from_offset, state, reason, asked_by)
    VALUES (:topic, :since, :from_offset, :state, :reason, :asked_by) RETURNING *
    """
)
_GET = text("SELECT * FROM replay WHERE id = :id FOR UPDATE")
_DECIDE = text(
    "UPDATE replay SET state = :state, confirmed_by = :confirmed_by WHERE id = :id RETURNING *"
)
_LIST = text("SELECT * FROM replay ORDER BY id DESC LIMIT :limit OFFSET :skip")
_TAKE = text(
    """
    UPDATE replay SET heard_at = now(), events = 0,
        would_read = CASE WHEN state IN ('asked', 'counting') THEN 0 ELSE would_read END,
        would_copy = CASE WHEN state IN ('asked', 'counting') THEN 0 ELSE would_copy END,
        state = CASE WHEN state IN ('asked', 'counting') THEN 'counting' ELSE 'running' END
    WHERE id = (
        SELECT id FROM replay WHERE state IN ('asked', 'waiting')
            OR (state IN ('counting', 'running') AND heard_at < now() - make_interval(secs => :lost))
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING *
    """
)
_COUNT = text(
    """
    UPDATE replay SET would_read = would_read + :read, would_copy = would_copy + :copied, heard_at = now()
    WHERE id = :id
    """
)
_BEAT = text("UPDATE replay SET events = events + :copied, heard_at = now() WHERE id = :id")
_END = text("UPDATE replay SET state = :state, heard_at = now() WHERE id = :id")


class Copies(Protocol):
    """A service's copies of what others own."""

    async def rebuild(self, records: Sequence[Record]) -> int:
        """Run the handlers of copies for records; returns for how many."""

    def count(self, records: Sequence[Record]) -> int:
        """For how many records it would run them."""


class NotPreviewedError(Exception):
    """The replay is not one that can be decided on now."""

    code = "replay_state"

    def __init__(self, state: str) -> None:
        super().__init__(f"The replay is {state}; only one that is previewed can be decided on.")


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: at a time or at an offset of every partition; with neither, at the beginning."""

    since: datetime | None = None
    from_offset: int | None = None


async def ask(
    connection: AsyncConnection, topic: str, start: Start, *, reason: str, asked_by: str
) -> Any:
    """Have a worker count what a replay of a topic would read; returns the row that tells how it goes."""
    return await _add(connection, topic, start, "asked", reason, asked_by)


async def plan(connection: AsyncConnection, topic: str, *, reason: str, by: str) -> None:
    """Have a worker replay the whole of a topic, unconfirmed: a rule of the service itself needs it."""
    await _add(connection, topic, Start(), "waiting", reason, by)


async def _add(
    connection: AsyncConnection, topic: str, start: Start, state: str, reason: str, asked_by: str
) -> Any:
    row = {
        "topic": topic,
        "since": start.since,
        "from_offset": start.from_offset,
        "state": state,
        "reason": reason,
        "asked_by": asked_by,
    }
    return (await connection.execute(_ASK, row)).one()


async def confirm(connection: AsyncConnection, replay_id: int, approver: str) -> Any | None:
    """Have it done; None where there is none. Raises NotPreviewedError or ApprovalNeededError."""
    row = await _previewed(connection, replay_id)
    if row is None:
        return None
    require_second_person(row.asked_by, approver, is_approver=True)
    decision = {"id": replay_id, "state": "waiting", "confirmed_by": approver}
    return (await connection.execute(_DECIDE, decision)).one()


async def cancel(connection: AsyncConnection, replay_id: int) -> Any | None:
    """Have it not done; None where there is none. Raises NotPreviewedError."""
    if await _previewed(connection, replay_id) is None:
        return None
    decision = {"id": replay_id, "state": "cancelled", "confirmed_by": None}
    return (await connection.execute(_DECIDE, decision)).one()


async def _previewed(connection: AsyncConnection, replay_id: int) -> Any | None:
    row = (await connection.execute(_GET, {"id": replay_id})).first()
    if row is not None and row.state != "previewed":
        raise NotPreviewedError(row.state)
    return row


async def replays(connection: AsyncConnection, *, limit: int, skip: int) -> Sequence[Any]:
    """The replays, newest first."""
    return (await connection.execute(_LIST, {"limit": limit, "skip": skip})).all()


class Replayer:
    """Counts, in a worker, what replays would read, and does those that are confirmed, one after the other."""

    def __init__(self, engine: AsyncEngine, settings: Settings, copies: Copies) -> None:
        self._engine = engine
        self._settings = settings
        self._copies = copies

    async def run(self) -> None:
        """Count or do every replay that waits."""
        while replay := await self._take():
            visit, end = (
                (self._count, "previewed")
                if replay.state == "counting"
                else (self._rebuild, "done")
            )
            try:
                start = Start(replay.since, replay.from_offset)
                await read_again(self._settings, replay.topic, start, partial(visit, replay.id))
            except KafkaError:
                log.exception("replay %d of %s met the broker's error", replay.id, replay.topic)
                end = "failed"
            await self._execute(_END, {"id": replay.id, "state": end})

    async def _count(self, replay_id: int, records: Sequence[Record]) -> None:
        row = {"id": replay_id, "read": len(records), "copied": self._copies.count(records)}
        await self._execute(_COUNT, row)

    async def _rebuild(self, replay_id: int, records: Sequence[Record]) -> None:
        copied = await self._copies.rebuild(records)
        await self._execute(_BEAT, {"id": replay_id, "copied": copied})

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
        while await is_behind(consumer, ends):
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
