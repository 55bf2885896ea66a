"""Deciding, within a transaction, which of the events that arrived it is to handle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.inbox import letters, parking, sequences
from shared.inbox.origins import Origin
from shared.inbox.records import Failure, Message, Record
from shared.inbox.sequences import Anomalies, Seen

#: Why an event is refused whose id was used before.
FORGED = "its id was used by an event with other content; send it with an id of its own"

_FORGERY = Origin("forged", "shared/inbox/store.py:claim")

_CLAIM = text(
    """
    INSERT INTO inbox (event_id, fingerprint)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:fingerprints AS bytea[]))
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)
_FINGERPRINTS = text(
    "SELECT event_id, fingerprint FROM inbox WHERE event_id = ANY(CAST(:ids AS uuid[]))"
)
_FORGET = text("DELETE FROM inbox WHERE handled_at < :before")
_FORGET_SEQUENCES = text("DELETE FROM inbox_sequence WHERE seen_at < :before")


@dataclass(slots=True)
class Admission:
    """What became of a batch: what to handle now, and how many were not."""

    todo: list[Message] = field(default_factory=list)
    parked: int = 0
    duplicates: int = 0
    forged: int = 0
    anomalies: Anomalies = field(default_factory=Anomalies)


class Inbox:
    """The inbox, seen from one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def admit(self, messages: Sequence[Message], passed_by: Sequence[Seen] = ()) -> Admission:
        """Park what must wait, drop what was handled, set aside what is forged; the rest is to be handled."""
        behind = await parking.blocked(self._connection, messages)
        waiting = [Failure(message.record, parking.BEHIND, attempts=0) for message in behind]
        await parking.park(self._connection, waiting, wait=0.0)
        held = {id(message) for message in behind}
        rest = [each for each in messages if id(each) not in held]
        admission = await self.claim(rest, passed_by)
        admission.parked = len(behind)
        return admission

    async def claim(self, messages: Sequence[Message], passed_by: Sequence[Seen] = ()) -> Admission:
        """Those that this transaction is the first to handle."""
        distinct = _distinct(messages)
        fresh = await self._insert(distinct)
        admission = Admission([message for id_, message in distinct.items() if id_ in fresh])
        if len(admission.todo) < len(messages):
            forged = await self._forged(messages)
            await letters.bury(
                self._connection, [Failure(each, FORGED, 1, _FORGERY) for each in forged]
            )
            admission.forged = len(forged)
            admission.duplicates = len(messages) - len(admission.todo) - len(forged)
        seen = [Seen.of(each.record, each.received.envelope) for each in admission.todo]
        admission.anomalies = await sequences.advance(self._connection, [*seen, *passed_by])
        return admission

    async def _insert(self, distinct: Mapping[UUID, Message]) -> set[UUID]:
        if not distinct:
            return set()
        # Sorted, so that two consumers with the same events wait for each other instead of deadlocking.
        ids = sorted(distinct)
        prints = [distinct[event_id].fingerprint for event_id in ids]
        rows = await self._connection.execute(_CLAIM, {"ids": ids, "fingerprints": prints})
        return {row.event_id for row in rows}

    async def _forged(self, messages: Sequence[Message]) -> list[Record]:
        ids = list({message.received.envelope.id for message in messages})
        rows = await self._connection.execute(_FINGERPRINTS, {"ids": ids})
        known = {row.event_id: row.fingerprint for row in rows}
        return [
            message.record
            for message in messages
            if known[message.received.envelope.id] != message.fingerprint
        ]


def _distinct(messages: Sequence[Message]) -> dict[UUID, Message]:
    """The first message of each event, in the order of the records."""
    distinct: dict[UUID, Message] = {}
    for message in messages:
        distinct.setdefault(message.received.envelope.id, message)
    return distinct


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Drop the memory of what was handled before; it must outlast the topics' retention."""
    await connection.execute(_FORGET, {"before": before})
    await connection.execute(_FORGET_SEQUENCES, {"before": before})
