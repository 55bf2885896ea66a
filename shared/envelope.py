"""Events as they travel: CloudEvents 1.0 in Kafka's binary mode, with JSON data.

Source of the names: CloudEvents 1.0.2, its Kafka protocol binding, and the documented extensions
`sequence` and `traceparent`; `tenantid`, `correlationid` and `causationid` are this platform's own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID, uuid4

import orjson
from asyncpg.pgproto import pgproto
from pydantic import BaseModel, ConfigDict

SEQUENCE_DIGITS = 20
CONTENT_TYPE = "application/json"

#: A record must fit into one Kafka batch; what is larger belongs behind a link.
MAX_EVENT_BYTES = 256 * 1024
#: How far ahead another machine's clock may be.
CLOCK_TOLERANCE = timedelta(minutes=10)

#: Stands for the value of a header that has none, which Kafka allows.
_NO_TEXT = b"\xff"

E_co = TypeVar("E_co", bound="Event", covariant=True)


class Event(BaseModel):
    """Base of every public contract. Frozen; unknown fields are ignored, so change may be additive."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]
    #: The field that names the aggregate: `tenant_id` where it is the tenant itself, empty where none does.
    AGGREGATE: ClassVar[str] = ""


class Tombstone(Event):
    """Base of what erases an aggregate from a compacted topic: an event's headers, and no data."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something happens; what an outgoing event inherits from a request or an event."""

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    #: The trace that it comes from, if it is told in another one.
    link: str | None = None

    def told_in(self, correlation_id: str, traceparent: str | None) -> "Cause":
        """The same cause in the story of what it happens to, and in that story's trace, if it has one."""
        if traceparent is None or _trace_id(traceparent) == _trace_id(self.traceparent):
            return replace(self, correlation_id=correlation_id)
        return Cause(correlation_id, self.causation_id, traceparent, self.traceparent)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event that a use case wants to publish, before it has an id and a time."""

    event: Event
    tenant_id: UUID
    aggregate: str
    sequence: int
    cause: Cause


class EnvelopeError(ValueError):
    """A record is not one of the platform's events; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event with everything that travels in its headers; `data` is the JSON body, empty in a tombstone."""

    id: UUID
    type: str
    source: str
    tenant_id: UUID
    aggregate: str
    sequence: int
    time: datetime
    cause: Cause
    data: bytes
    #: The Kafka key: order is kept within it.
    key: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.tenant_id}:{self.aggregate}")

    @classmethod
    def seal(cls, outgoing: Outgoing, *, source: str, time: datetime) -> Self:
        """Give an outgoing event its identity."""
        return cls(
            id=uuid4(),
            type=outgoing.event.TYPE,
            source=source,
            tenant_id=outgoing.tenant_id,
            aggregate=outgoing.aggregate,
            sequence=outgoing.sequence,
            time=time,
            cause=outgoing.cause,
            data=_data_of(outgoing.event),
        )

    def headers(self) -> dict[str, str]:
        """The CloudEvents attributes of this event, as Kafka header names and values."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(self.id),
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_subject": self.aggregate,
            "ce_time": self.time.astimezone(UTC).isoformat(),
            "ce_tenantid": str(self.tenant_id),
            "ce_sequence": f"{self.sequence:0{SEQUENCE_DIGITS}d}",
            "ce_correlationid": self.cause.correlation_id,
            "content-type": CONTENT_TYPE,
        }
        if self.cause.causation_id:
            headers["ce_causationid"] = self.cause.causation_id
        if self.cause.traceparent:
            headers["ce_traceparent"] = self.cause.traceparent
        return headers

    @classmethod
    def parse(
        cls, headers: Iterable[tuple[str, bytes | None]], key: bytes | None, value: bytes | None
    ) -> Self:
        """Read a Kafka record.

        Raises EnvelopeError when an attribute is missing or malformed, when the key and the headers
        name different tenants, or when the data is too long. The message names the header, never
        its value.
        """
        if value is not None and len(value) > MAX_EVENT_BYTES:
            raise EnvelopeError(f"the data has {len(value)} bytes, at most {MAX_EVENT_BYTES}")
        attributes = _decoded(headers)
        fields = _read(attributes)
        cause = Cause(
            correlation_id=fields.pop("correlation_id"),
            causation_id=attributes.get("ce_causationid"),
            traceparent=attributes.get("ce_traceparent"),
        )
        envelope = cls(**fields, cause=cause, data=value or b"")
        if key is not None and key != envelope.key.encode():
            raise EnvelopeError("the key does not match the tenant and subject of the headers")
        return envelope

    def require_credible(self, event: Event, now: datetime) -> None:
        """Raise EnvelopeError when the data is of another aggregate, or the sender's clock is far ahead."""
        named = self if event.AGGREGATE == "tenant_id" else event
        if event.AGGREGATE and str(getattr(named, event.AGGREGATE)) != self.aggregate:
            raise EnvelopeError(f"ce_subject is not the {event.AGGREGATE} of the event")
        if self.time > now + CLOCK_TOLERANCE:
            raise EnvelopeError("ce_time lies in the future; set the sender's clock")

    def caused(self, traceparent: str | None = None) -> Cause:
        """What an event published in answer to this one inherits; the trace context may be its handling's."""
        return Cause(self.cause.correlation_id, str(self.id), traceparent or self.cause.traceparent)


def _data_of(event: Event) -> bytes:
    return b"" if isinstance(event, Tombstone) else event.model_dump_json().encode()


def _trace_id(traceparent: str | None) -> str:
    """The second field of a W3C trace context."""
    return (traceparent or "").partition("-")[2].partition("-")[0]


def _decoded(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    name = ""
    try:
        for name, raw in headers:
            attributes[name] = (_NO_TEXT if raw is None else raw).decode()
    except ValueError as error:
        raise EnvelopeError(f"header {name} is malformed") from error
    return attributes


def _read(attributes: Mapping[str, str]) -> dict[str, Any]:
    """The attributes that every event has, by the names of the fields that they become."""
    fields: dict[str, Any] = {}
    name = ""
    try:
        for name, field_name, convert in _REQUIRED:
            fields[field_name] = convert(attributes[name])
    except KeyError as error:
        raise EnvelopeError(f"header {name} is missing") from error
    except ValueError as error:
        raise EnvelopeError(f"header {name} is malformed") from error
    return fields


def _time(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("a time without its offset is not one")
    return time


# A UUID of the database's driver equals Python's own, and is made in a tenth of its time.
_REQUIRED: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("ce_id", "id", pgproto.UUID),
    ("ce_type", "type", str),
    ("ce_source", "source", str),
    ("ce_tenantid", "tenant_id", pgproto.UUID),
    ("ce_subject", "aggregate", str),
    ("ce_sequence", "sequence", int),
    ("ce_time", "time", _time),
    ("ce_correlationid", "correlation_id", str),
)


@dataclass(frozen=True, slots=True)
class Received(Generic[E_co]):
    """A parsed event together with its envelope, as handlers get it."""

    envelope: Envelope
    event: E_co
    #: The trace context of its handling, where that is traced.
    traceparent: str | None = None
    _data: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def data(self) -> Any:
        """The event's data as it came, also what this service's contract does not know; parsed when first asked for."""
        if not self._data:
            self._data.append(orjson.loads(self.envelope.data))
        return self._data[0]

    @property
    def tenant_id(self) -> UUID:
        """The tenant that the event belongs to."""
        return self.envelope.tenant_id

    @property
    def cause(self) -> Cause:
        """What an event published in answer inherits."""
        return self.envelope.caused(self.traceparent)
