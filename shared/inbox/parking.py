"""Parking: a record that fails waits, with all that follow it in its key; every other key goes on.

After the waits of RETRY_SECONDS it is a dead letter, and what waited behind it goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.inbox.records import Failure, KeptRecord, Message, columns

#: Waits before each further attempt.
RETRY_SECONDS = (1.0, 5.0, 30.0, 300.0)

#: Why a record waits that has not been tried.
BEHIND = "waits for an earlier record of its key"

HEADS_AT_ONCE = 100

_BLOCKED = text(
    """
    SELECT topic, key, min("offset") AS "offset" FROM parked
    WHERE topic = ANY(CAST(:topics AS text[])) AND key = ANY(CAST(:keys AS bytea[])) GROUP BY topic, key
    """
)
_PARK = text(
    """
    INSERT INTO parked
        (topic, partition, "offset", key, headers, value, error, attempts, group_id, code, place, release, due_at)
    VALUES (:topic, :partition, :offset, :key, CAST(:headers AS jsonb), :value, :error, :attempts,
            :group_id, :code, :place, :release, now() + :wait)
    ON CONFLICT DO NOTHING
    """
)
_DUE = text(
    """
    SELECT topic, partition, "offset", key, headers, value, attempts FROM parked AS head
    WHERE due_at <= now() AND NOT EXISTS (
        SELECT FROM parked WHERE topic = head.topic AND key = head.key AND "offset" < head."offset"
    )
    ORDER BY due_at LIMIT :limit
    """
)
_THIS = 'topic = :topic AND partition = :partition AND "offset" = :offset'
_UNPARK = text(f"DELETE FROM parked WHERE {_THIS} RETURNING attempts")
_POSTPONE = text(
    f"""
    UPDATE parked SET error = :error, attempts = :attempts, due_at = now() + :wait,
        group_id = :group_id, code = :code, place = :place, release = :release
    WHERE {_THIS} AND attempts < :attempts
    """
)


@dataclass(frozen=True, slots=True)
class Parked:
    """A record whose turn it is again."""

    record: KeptRecord
    attempts: int


async def blocked(connection: AsyncConnection, messages: Sequence[Message]) -> list[Message]:
    """Those that are parked, or that come after a parked record of their key."""
    known = {
        "topics": list({message.record.topic for message in messages}),
        "keys": list({message.record.key or b"" for message in messages}),
    }
    rows = await connection.execute(_BLOCKED, known)
    first = {(row.topic, row.key): row.offset for row in rows}
    return [
        message
        for message in messages
        if message.record.offset
        >= first.get((message.record.topic, message.record.key), message.record.offset + 1)
    ]


async def park(connection: AsyncConnection, failures: Sequence[Failure], *, wait: float) -> None:
    """Have records wait that many seconds. Repeating it changes nothing."""
    if failures:
        due = timedelta(seconds=wait)
        await connection.execute(_PARK, [{**columns(each), "wait": due} for each in failures])


async def due(connection: AsyncConnection) -> list[Parked]:
    """The first of each key whose wait is over, longest overdue first."""
    rows = await connection.execute(_DUE, {"limit": HEADS_AT_ONCE})
    return [Parked(KeptRecord.of(row), row.attempts) for row in rows]


async def unpark(connection: AsyncConnection, parked: Parked) -> bool:
    """Take a record out, to be handled in this transaction; False when another worker has it."""
    return (await connection.execute(_UNPARK, _place(parked))).first() is not None


async def postpone(connection: AsyncConnection, failure: Failure) -> None:
    """Have it wait longer after one more failure; another worker's verdict on the same try stands."""
    wait = timedelta(seconds=RETRY_SECONDS[failure.attempts - 1])
    await connection.execute(_POSTPONE, {**columns(failure), "wait": wait})


def _place(parked: Parked) -> Mapping[str, Any]:
    record = parked.record
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
