"""Kafka records as the inbox works with them, and as it keeps those that it could not handle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol

import orjson

from shared.envelope import Received
from shared.inbox.origins import Origin

FINGERPRINT_BYTES = 16


class Record(Protocol):
    """What aiokafka gives for a record, as far as it is read here."""

    @property
    def topic(self) -> str:
        """Its topic."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""

    @property
    def key(self) -> bytes | None:
        """The tenant and the aggregate, if the sender knew what it did."""

    @property
    def value(self) -> bytes | None:
        """The data."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """The attributes of the event."""


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A record read back from a table."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]

    @classmethod
    def of(cls, row: Any) -> "KeptRecord":
        """From a row with the columns of a record."""
        headers = [(name, None if value is None else value.encode()) for name, value in row.headers]
        return cls(row.topic, row.partition, row.offset, row.key, row.value, headers)


@dataclass(frozen=True, slots=True)
class Message:
    """A record and the event that it carries."""

    record: Record
    received: Received[Any]

    @property
    def fingerprint(self) -> bytes:
        """The same for the same event however often it is delivered; another one for another content."""
        envelope = self.received.envelope
        content = b"\x00".join((envelope.type.encode(), envelope.key.encode(), envelope.data))
        return blake2b(content, digest_size=FINGERPRINT_BYTES).digest()


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that could not be handled, with the reason, which never repeats data.

    Without an origin nothing of its own failed: it waits for another.
    """

    record: Record
    error: str
    attempts: int
    origin: Origin | None = None


def columns(failure: Failure) -> Mapping[str, Any]:
    """A failure as the columns of a table; what PostgreSQL's texts cannot hold is left out of them."""
    record = failure.record
    headers = [(_without_nul(name), _readable(value)) for name, value in record.headers]
    event_type = dict(headers).get("ce_type") or ""
    origin = failure.origin
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "headers": orjson.dumps(headers).decode(),
        "value": record.value,
        "error": _without_nul(failure.error),
        "attempts": failure.attempts,
        "group_id": origin.group(event_type) if origin else None,
        "code": _without_nul(origin.code) if origin else None,
        "place": origin.place if origin else None,
        "release": origin.release if origin else None,
    }


def _readable(value: bytes | None) -> str | None:
    return None if value is None else _without_nul(value.decode(errors="backslashreplace"))


def _without_nul(text: str) -> str:
    return text.replace("\x00", "")
