"""One trace for one story: the request, each event it publishes, each that takes effect, in every service.

Names are those of OpenTelemetry's conventions for messaging. Without a collector no span is made, and
an event carries on the trace of what caused it. No attribute holds an event's data.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import time_ns
from typing import Any
from uuid import UUID

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.envelope import Outgoing, Received
from shared.inbox.records import Message, Record
from shared.telemetry.logs import correlation_id

MAX_CORRELATION_LENGTH = 100

_propagator = TraceContextTextMapPropagator()
_tracer: Tracer | None = None


def trace_events(tracer: Tracer | None) -> None:
    """Make spans of events from now on; with None no more."""
    global _tracer  # noqa: PLW0603  # one a process, like OpenTelemetry's own provider
    _tracer = tracer


class Publishing:
    """The spans of the events of one transaction: they end when it commits, and are dropped when it does not."""

    def __init__(self) -> None:
        self._spans: list[Span] = []

    def begin(self, events: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """The same events, each with the trace context of its own span, which they carry to their readers."""
        if _tracer is None:
            return events
        self._spans = [_publish_span(_tracer, each) for each in events]
        return [_carrying(*each) for each in zip(events, self._spans, strict=True)]

    def end(self, ids: Sequence[UUID]) -> None:
        """The events are committed under these ids."""
        for span, event_id in zip(self._spans, ids if self._spans else (), strict=True):
            span.set_attribute("messaging.message.id", str(event_id))
            span.end()


class Processing:
    """The spans of the events that one transaction handles; each is the cause of what answers its event."""

    def __init__(self) -> None:
        self._began = time_ns()
        self.spans: list[Span] = []

    def begin(self, messages: Sequence[Message]) -> list[Received[Any]]:
        """The events that take effect, each with the trace context that answers to it inherit."""
        if _tracer is None:
            return [each.received for each in messages]
        self.spans = [_process_span(_tracer, each, self._began) for each in messages]
        return [
            replace(each.received, traceparent=_traceparent(span))
            for each, span in zip(messages, self.spans, strict=True)
        ]


@contextmanager
def processing(messages: Sequence[Message]) -> Iterator[Processing]:
    """While a transaction handles messages. Many that fail are tried singly: only then a failure has a span."""
    if len(messages) != 1:
        spans = Processing()
        yield spans
        _end(spans)
        return
    with following(messages[0].record):
        spans = _Single()
        try:
            yield spans
        except Exception as error:
            spans.fail(error)
            _end(spans)
            raise
        else:
            _end(spans)
        finally:
            spans.leave()


class _Single(Processing):
    """One event alone: logs written meanwhile carry its trace, and a failure is its own."""

    _token: Any = None

    def begin(self, messages: Sequence[Message]) -> list[Received[Any]]:
        received = super().begin(messages)
        if self.spans:
            self._token = context.attach(trace.set_span_in_context(self.spans[0]))
        return received

    def fail(self, error: Exception) -> None:
        for span in self.spans:
            mark_failed(span, error)

    def leave(self) -> None:
        if self._token is not None:
            context.detach(self._token)


@contextmanager
def following(record: Record) -> Iterator[None]:
    """Logs written meanwhile carry the correlation and trace ids of a record, as far as it has them."""
    headers = dict(record.headers)
    story = _text(headers.get("ce_correlationid"))[:MAX_CORRELATION_LENGTH]
    attached = context.attach(_remote(_text(headers.get("ce_traceparent"))))
    named = correlation_id.set(story)
    try:
        yield
    finally:
        correlation_id.reset(named)
        context.detach(attached)


def mark_failed(span: Span, error: Exception) -> None:
    """The kind of an error, never its message, which may repeat data."""
    span.set_attribute("error.type", type(error).__name__)
    span.set_status(StatusCode.ERROR, str(getattr(error, "code", "")) or type(error).__name__)


def _publish_span(tracer: Tracer, outgoing: Outgoing) -> Span:
    cause, event = outgoing.cause, outgoing.event
    link = trace.get_current_span(_remote(cause.link or "")).get_span_context()
    return tracer.start_span(
        f"publish {event.TOPIC}",
        context=_remote(cause.traceparent or ""),
        kind=SpanKind.PRODUCER,
        attributes={
            "messaging.operation.name": "publish",
            "messaging.operation.type": "create",
            **_attributes(event.TOPIC, event.TYPE, cause.correlation_id),
        },
        links=[Link(link)] if link.is_valid else None,
    )


def _process_span(tracer: Tracer, message: Message, began: int) -> Span:
    record, envelope = message.record, message.received.envelope
    return tracer.start_span(
        f"process {record.topic}",
        context=_remote(envelope.cause.traceparent or ""),
        kind=SpanKind.CONSUMER,
        attributes={
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.message.id": str(envelope.id),
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            **_attributes(record.topic, envelope.type, envelope.cause.correlation_id),
        },
        start_time=began,
    )


def _attributes(topic: str, event_type: str, correlation: str) -> dict[str, str]:
    attributes = {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "cloudevents.event_type": event_type,
    }
    if _is_opaque(correlation):
        attributes["messaging.message.conversation_id"] = correlation
    return attributes


def _is_opaque(correlation: str) -> bool:
    """Whether it is an id of ours: what a client made up may hold a name."""
    try:
        UUID(correlation)
    except ValueError:
        return False
    return True


def _carrying(outgoing: Outgoing, span: Span) -> Outgoing:
    return replace(outgoing, cause=replace(outgoing.cause, traceparent=_traceparent(span)))


def _end(spans: Processing) -> None:
    for span in spans.spans:
        span.end()


def _remote(traceparent: str) -> Context:
    """A context of nothing but that; one that is malformed is left out."""
    return _propagator.extract({"traceparent": traceparent}, Context())


def _traceparent(span: Span) -> str | None:
    at = span.get_span_context()
    if not at.is_valid:
        return None
    return f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}"


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")
