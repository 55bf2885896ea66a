"""Spans of events in a service in miniature, and the ids by which its logs are followed."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import text

from shared.database.engine import transaction
from shared.database.unit_of_work import SqlUnitOfWork, units_of_work
from shared.envelope import Cause, Envelope
from shared.messaging.records import decode_headers
from shared.telemetry.logs import JsonFormatter
from shared.telemetry.tracing import trace_events
from tests.shared.toy_service import Service, ToyRuleError, failing
from tests.shared.toys import NOW, NotedV1, Record, outgoing, record

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = f"00-{TRACE}-00f067aa0ba902b7-01"
_HEADERS = text("SELECT headers FROM outbox_event WHERE tenant_id = :id ORDER BY id")

Spans = Callable[[str], Sequence[ReadableSpan]]


@pytest.fixture
def spans() -> Iterator[Spans]:
    """The spans that have ended, by operation."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_events(provider.get_tracer("test"))

    def ended(operation: str) -> Sequence[ReadableSpan]:
        return [
            each
            for each in exporter.get_finished_spans()
            if _attributes(each)["messaging.operation.name"] == operation
        ]

    yield ended
    trace_events(None)


def _attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def _named(span: ReadableSpan) -> str:
    """As an event carries it."""
    context = span.get_span_context()
    assert context
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _parent(span: ReadableSpan) -> str:
    assert span.parent
    return f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}"


def _noted(
    service: Service, note: str, traceparent: str | None = CALLER, story: str = ""
) -> Record:
    """A record whose event comes from a trace, each of an aggregate of its own."""
    event = outgoing(NotedV1(note=note), service.tenant_id, str(uuid4()))
    cause = Cause(story or str(uuid4()), None, traceparent)
    return record(Envelope.seal(replace(event, cause=cause), source="/test", time=NOW))


async def _carried(service: Service) -> list[str | None]:
    """The trace contexts of what the service published."""
    async with transaction(service.engine) as connection:
        rows = await connection.execute(_HEADERS, {"id": service.tenant_id})
        return [decode_headers(row.headers).get("ce_traceparent") for row in rows]


async def test_an_event_of_a_batch_is_between_its_cause_and_its_answer(
    service: Service, spans: Spans
) -> None:
    callers = [f"00-{n:032x}-{n:016x}-01" for n in (1, 2, 3)]
    await service.process(*(_noted(service, str(n), each) for n, each in enumerate(callers)))
    processed, published = spans("process"), spans("publish")
    assert [_parent(each) for each in processed] == [each[3:52] for each in callers]
    assert [_parent(each) for each in published] == [_named(each)[3:52] for each in processed]
    assert await _carried(service) == [_named(each) for each in published]
    assert {each.kind for each in processed} == {SpanKind.CONSUMER}
    assert {each.kind for each in published} == {SpanKind.PRODUCER}
    assert {each.status.status_code for each in processed} == {StatusCode.UNSET}


async def test_a_span_says_which_event_it_was_and_nothing_of_its_data(
    service: Service, spans: Spans
) -> None:
    story = str(uuid4())
    each = _noted(service, "Erika", story=story)
    await service.process(each)
    (processed,), (published,) = spans("process"), spans("publish")
    assert processed.name == "process toy-events"
    assert _attributes(processed) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "toy-events",
        "messaging.destination.partition.id": "0",
        "messaging.kafka.offset": each.offset,
        "messaging.message.id": dict(each.headers)["ce_id"].decode(),  # type: ignore[union-attr]
        "messaging.message.conversation_id": story,
        "cloudevents.event_type": "toy.noted.v1",
    }
    assert published.name == "publish voucher-events"
    assert UUID(_attributes(published)["messaging.message.id"])
    assert _attributes(published)["messaging.operation.type"] == "create"


async def test_a_correlation_that_a_client_made_up_is_in_no_span(
    service: Service, spans: Spans
) -> None:
    await service.process(_noted(service, "one", story="Erika Mustermann"))
    for span in (*spans("process"), *spans("publish")):
        assert "Erika" not in span.to_json()


async def test_only_what_fails_alone_has_a_failed_span_that_does_not_repeat_the_error(
    service: Service, spans: Spans
) -> None:
    service.failing["bad"] = failing(ToyRuleError("Erika"), times=2)
    await service.process(*(_noted(service, each) for each in ("a", "bad", "b")))
    codes = [each.status.status_code for each in spans("process")]
    assert codes == [StatusCode.UNSET, StatusCode.ERROR, StatusCode.UNSET]
    failed = spans("process")[1]
    assert (failed.status.description, failed.events) == ("toy_broken", ())
    assert _attributes(failed)["error.type"] == "ToyRuleError"
    assert len(spans("publish")) == 2, "what was rolled back was never published"


async def test_a_further_attempt_is_a_span_of_the_same_trace(
    service: Service, spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.inbox.parking.RETRY_SECONDS", (0.0, 0.0))
    service.failing["bad"] = failing(ToyRuleError(), times=2)
    await service.process(_noted(service, "bad"))
    codes = [each.status.status_code for each in spans("process")]
    # the batch of one, then alone, then when its wait was over
    assert codes == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]
    assert {_parent(each) for each in spans("process")} == {CALLER[3:52]}


async def test_a_duplicate_takes_no_effect_and_has_no_span(service: Service, spans: Spans) -> None:
    each = _noted(service, "one")
    await service.process(each)
    await service.process(each)
    assert len(spans("process")) == 1


@pytest.mark.parametrize("traceparent", [None, "", "nonsense", "00-0-0-00", "ff-" + CALLER[3:]])
async def test_an_event_without_a_sound_trace_begins_one(
    service: Service, spans: Spans, traceparent: str | None
) -> None:
    await service.process(_noted(service, "one", traceparent))
    (processed,), (published,) = spans("process"), spans("publish")
    assert processed.parent is None
    assert _parent(published) == _named(processed)[3:52]


async def test_an_event_told_in_another_trace_links_to_the_one_it_comes_from(
    service: Service, spans: Spans
) -> None:
    other = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    cause = Cause("theirs", None, CALLER).told_in("ours", other)
    units = units_of_work(service.engine, SqlUnitOfWork, source="/toy")
    async with units([service.tenant_id]) as work:
        event = outgoing(NotedV1(note="one"), service.tenant_id)
        work.publish(replace(event, cause=cause))
    (published,) = spans("publish")
    assert _parent(published) == other[3:52]
    assert [f"{each.context.trace_id:032x}" for each in published.links] == [TRACE]


def test_a_cause_of_the_same_trace_stays_the_cause() -> None:
    later = f"00-{TRACE}-1111111111111111-01"
    told = Cause("theirs", "cause", later).told_in("ours", CALLER)
    assert told == Cause("ours", "cause", later)
    assert Cause("theirs", "cause", later).told_in("ours", None) == told


async def test_without_a_collector_an_event_carries_on_the_trace_it_came_with(
    service: Service,
) -> None:
    await service.process(_noted(service, "one"), _noted(service, "two", None))
    assert await _carried(service) == [CALLER, None]


@pytest.mark.parametrize("is_traced", [True, False])
async def test_a_log_while_an_event_is_handled_singly_has_its_trace_and_correlation(
    service: Service, request: pytest.FixtureRequest, is_traced: bool
) -> None:
    if is_traced:
        request.getfixturevalue("spans")
    lines = _Lines()
    logging.getLogger().addHandler(lines)
    service.failing["bad"] = _log_and_fail
    try:
        await service.process(_noted(service, "good"), _noted(service, "bad", story="a story"))
    finally:
        logging.getLogger().removeHandler(lines)
    told = {each["message"]: (each.get("trace_id"), each.get("correlation_id")) for each in lines}
    assert told["in the handler"] == (TRACE, "a story")
    assert told["record parked: ToyRuleError toy_broken"] == (TRACE, "a story")
    assert told["batch of 2 fell back to single records: ToyRuleError toy_broken"] == (None, None)


async def _log_and_fail(_work: SqlUnitOfWork) -> None:
    logging.getLogger("toy").warning("in the handler")
    raise ToyRuleError


class _Lines(logging.Handler):
    """What is logged, as it is read; the first line of a kind is from the batch, the last counts."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter("toy", "worker"))
        self._lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(json.loads(self.format(record)))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._lines)
