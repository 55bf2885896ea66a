"""Reading and writing the inbox's tables."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_CLAIM = text(
    """
    INSERT INTO inbox (event_id) SELECT unnest(CAST(:ids AS uuid[]))
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)
_FORGET = text("DELETE FROM inbox WHERE handled_at < :before")
_BURY = text(
    """
    INSERT INTO dead_letter (topic, partition, "offset", key, headers, value, error, attempts, traceparent)
    VALUES (:topic, :partition, :offset, :key, CAST(:headers AS jsonb), :value, :error, :attempts, :traceparent)
    ON CONFLICT DO NOTHING
    """
)
_COUNT = text("SELECT count(*) FROM dead_letter")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be handled, whole, with the reason."""

    record: Any
    error: str
    attempts: int


async def claim(connection: AsyncConnection, event_ids: Collection[UUID]) -> set[UUID]:
    """Mark events as handled by this transaction; returns those that were not handled before."""
    if not event_ids:
        return set()
    # Sorted, so that two consumers with the same events wait for each other instead of deadlocking.
    rows = await connection.execute(_CLAIM, {"ids": sorted(event_ids)})
    return {row.event_id for row in rows}


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Drop the memory of events handled before; it must outlast the topics' retention."""
    return (await connection.execute(_FORGET, {"before": before})).rowcount


async def bury(connection: AsyncConnection, letters: Sequence[DeadLetter]) -> None:
    """Keep records that could not be handled. Repeating it changes nothing."""
    for letter in letters:
        headers = [(_without_nul(name), _readable(value)) for name, value in letter.record.headers]
        await connection.execute(
            _BURY,
            {
                "topic": letter.record.topic,
                "partition": letter.record.partition,
                "offset": letter.record.offset,
                "key": letter.record.key,
                "headers": orjson.dumps(headers).decode(),
                "value": letter.record.value,
                "error": _without_nul(letter.error),
                "attempts": letter.attempts,
                "traceparent": dict(headers).get("ce_traceparent"),
            },
        )


def _readable(value: bytes | None) -> str | None:
    return None if value is None else _without_nul(value.decode(errors="backslashreplace"))


def _without_nul(text: str) -> str:
    return text.replace("\x00", "")  # PostgreSQL's texts have none


async def count_dead_letters(connection: AsyncConnection) -> int:
    """How many dead letters wait for an operator."""
    return int((await connection.execute(_COUNT)).scalar_one())
