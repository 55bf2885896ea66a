"""Events, records and a service in miniature, for what `shared` does to all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import ClassVar
from uuid import UUID, uuid4

from shared.envelope import Cause, Envelope, Event, Outgoing, Tombstone

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TOPIC = "voucher-events"

_offsets = count()


class NotedV1(Event):
    TYPE: ClassVar[str] = "toy.noted.v1"
    TOPIC: ClassVar[str] = TOPIC

    note: str


class ClosedV1(Event):
    TYPE: ClassVar[str] = "toy.closed.v1"
    TOPIC: ClassVar[str] = TOPIC

    reason: str = ""


class ForgottenV1(Tombstone):
    TYPE: ClassVar[str] = "toy.forgotten.v1"
    TOPIC: ClassVar[str] = TOPIC


@dataclass
class Record:
    """What aiokafka gives for a record, as far as the inbox reads it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def outgoing(
    event: Event, tenant_id: UUID, aggregate: str = "toy", *, sequence: int = 1
) -> Outgoing:
    return Outgoing(event, tenant_id, aggregate, sequence, Cause("story"))


def sealed(
    event: Event, tenant_id: UUID | None = None, aggregate: str = "toy", *, sequence: int = 1
) -> Envelope:
    out = outgoing(event, tenant_id or uuid4(), aggregate, sequence=sequence)
    return Envelope.seal(out, source="/test", time=NOW)


def encoded(envelope: Envelope) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in envelope.headers().items()]


def record(envelope: Envelope, *, value: bytes | None = None) -> Record:
    """The record that carries an event; each call is another offset."""
    return Record(
        topic="toy-events",
        partition=0,
        offset=next(_offsets),
        key=envelope.key.encode(),
        value=envelope.data if value is None else value,
        headers=encoded(envelope),
    )
