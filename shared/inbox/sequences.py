"""Noticing events that are stale or missing, by the count that each aggregate keeps of its events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.envelope import Envelope
from shared.inbox.records import Record

# What was seen before is looked up one by one: a join would read the whole table for a batch that names a hundredth.
_ADVANCE = text(
    """
    WITH seen AS (
        SELECT topic, key, sequence
        FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:sequences AS bigint[]))
            AS row(topic, key, sequence)
        ORDER BY topic, key
    ), after AS (
        INSERT INTO inbox_sequence AS s (topic, key, sequence) SELECT topic, key, sequence FROM seen
        ON CONFLICT (topic, key) DO UPDATE
        SET sequence = excluded.sequence, seen_at = now() WHERE s.sequence < excluded.sequence
    )
    SELECT seen.topic, seen.key, s.sequence AS before
    FROM seen CROSS JOIN LATERAL (
        SELECT sequence FROM inbox_sequence AS s WHERE s.topic = seen.topic AND s.key = seen.key OFFSET 0
    ) AS s
    """
)

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Anomalies:
    """How many events came after a later one of their aggregate, and how many did not come before one."""

    stale: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """An event's place and number; one that is `passed by` is of a type that the service does not handle."""

    place: Place
    offset: int
    sequence: int
    is_passed_by: bool = False

    @classmethod
    def of(cls, record: Record, envelope: Envelope, *, is_passed_by: bool = False) -> Self:
        """What is noted of an event."""
        place = (record.topic, envelope.key)
        return cls(place, record.offset, envelope.sequence, is_passed_by)


async def advance(connection: AsyncConnection, events: Sequence[Seen]) -> Anomalies:
    """Note the sequences of events. The first that is seen of an aggregate may have any."""
    if not events:
        return Anomalies()
    highest = _highest(events)
    row = {
        "topics": [topic for topic, _ in highest],
        "keys": [key for _, key in highest],
        "sequences": list(highest.values()),
    }
    rows = await connection.execute(_ADVANCE, row)
    before = {(each.topic, each.key): each.before for each in rows}
    return count(sorted(events, key=lambda event: event.offset), before)


def count(events: Iterable[Seen], before: dict[Place, int]) -> Anomalies:
    """Compare each event with the highest that came before it; what is passed by may come again unnoticed."""
    stale = missing = 0
    highest = dict(before)
    for event in events:
        last = highest.get(event.place, event.sequence - 1)
        if event.sequence > last:
            missing += event.sequence - last - 1
            highest[event.place] = event.sequence
        elif not event.is_passed_by:
            stale += 1
    return Anomalies(stale, missing)


def _highest(events: Iterable[Seen]) -> dict[Place, int]:
    highest: dict[Place, int] = {}
    for event in events:
        highest[event.place] = max(event.sequence, highest.get(event.place, event.sequence))
    return highest
