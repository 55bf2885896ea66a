"""Noticing events that are stale or missing, by the count that each aggregate keeps of its events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.inbox.records import Message

_ADVANCE = text(
    """
    WITH seen AS (
        SELECT topic, key, sequence
        FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:sequences AS bigint[]))
            AS row(topic, key, sequence)
        ORDER BY topic, key
    ), before AS (
        SELECT s.topic, s.key, s.sequence FROM inbox_sequence AS s JOIN seen USING (topic, key)
    ), after AS (
        INSERT INTO inbox_sequence AS s (topic, key, sequence) SELECT topic, key, sequence FROM seen
        ON CONFLICT (topic, key) DO UPDATE
        SET sequence = excluded.sequence, seen_at = now() WHERE s.sequence < excluded.sequence
    )
    SELECT topic, key, sequence FROM before
    """
)

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Anomalies:
    """How many events came after a later one of their aggregate, and how many did not come before one."""

    stale: int = 0
    missing: int = 0


async def advance(connection: AsyncConnection, messages: Sequence[Message]) -> Anomalies:
    """Note the sequences of fresh events. The first that is seen of an aggregate may have any."""
    if not messages:
        return Anomalies()
    places = [(message.record.topic, message.received.envelope.key) for message in messages]
    sequences = [message.received.envelope.sequence for message in messages]
    highest = _highest(zip(places, sequences, strict=True))
    row = {
        "topics": [topic for topic, _ in highest],
        "keys": [key for _, key in highest],
        "sequences": list(highest.values()),
    }
    rows = await connection.execute(_ADVANCE, row)
    before = {(each.topic, each.key): each.sequence for each in rows}
    return count(zip(places, sequences, strict=True), before)


def count(events: Iterable[tuple[Place, int]], before: dict[Place, int]) -> Anomalies:
    """Compare each event with the highest that came before it."""
    stale = missing = 0
    highest = dict(before)
    for place, sequence in events:
        last = highest.get(place, sequence - 1)
        if sequence <= last:
            stale += 1
        else:
            missing += sequence - last - 1
            highest[place] = sequence
    return Anomalies(stale, missing)


def _highest(events: Iterable[tuple[Place, int]]) -> dict[Place, int]:
    highest: dict[Place, int] = {}
    for place, sequence in events:
        highest[place] = max(sequence, highest.get(place, sequence))
    return highest
