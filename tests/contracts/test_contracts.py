"""Contracts hold: schemas are current, every example is valid, and every consumer reads every example."""

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from jsonschema import Draft202012Validator

from deploy.contracts import ASYNCAPI, events_of, generated, schema_path
from deploy.names import SERVICES
from shared.envelope import Cause, Envelope, Event, Outgoing
from shared.inbox.consumer import BatchConsumer

EVENTS = [(service, event) for service in SERVICES for event in events_of(service)]
CONSUMERS = [
    (consumer, event)
    for consumer in SERVICES
    for event in importlib.import_module(f"services.{consumer}.entrypoints.consumer").HANDLERS
]


def _folder(service: str) -> Path:
    return Path("services") / service / "contracts"


def _examples(service: str, event_type: str) -> list[bytes]:
    return [
        path.read_bytes() for path in (_folder(service) / "examples").glob(f"{event_type}*.json")
    ]


def test_generated_files_are_current():
    stale = [
        str(path) for path, text in generated() if not path.exists() or path.read_text() != text
    ]
    assert stale == [], "run `make contracts`"


@pytest.mark.parametrize(
    ("service", "event"), EVENTS, ids=lambda value: getattr(value, "TYPE", value)
)
def test_every_event_has_examples_that_its_schema_and_its_model_accept(service, event):
    examples = _examples(service, event.TYPE)
    assert examples, f"add {event.TYPE}.json to the examples of {service}"
    schema = json.loads(schema_path(service, event).read_text())
    for example in examples:
        Draft202012Validator(schema).validate(json.loads(example))
        parsed = event.model_validate_json(example)
        assert event.model_validate_json(parsed.model_dump_json()) == parsed


def test_no_schema_or_example_is_left_over():
    for service in SERVICES:
        types = {event.TYPE for event in events_of(service)}
        for kind in ("schemas", "examples"):
            names = {path.name for path in (_folder(service) / kind).glob("*.json")}
            left = {name for name in names if not any(name.startswith(each) for each in types)}
            assert left == set(), (service, kind)


@pytest.mark.parametrize(
    ("consumer", "event"), CONSUMERS, ids=lambda value: getattr(value, "TYPE", value)
)
def test_every_consumer_reads_every_example_of_its_producer(consumer, event):
    handlers = importlib.import_module(f"services.{consumer}.entrypoints.consumer").HANDLERS
    reader: Any = BatchConsumer(None, None, handlers)  # type: ignore[arg-type]  # it only parses
    producer = event.__module__.split(".")[1]
    for example in _examples(producer, event.TYPE):
        outgoing = _outgoing(event.model_validate_json(example))
        envelope = Envelope.seal(outgoing, source=f"/{producer}", time=datetime.now(UTC))
        headers = [(name, value.encode()) for name, value in envelope.headers().items()]
        record = SimpleNamespace(headers=headers, key=envelope.key.encode(), value=example)
        received = reader._parse(record)
        assert received
        assert received.event == outgoing.event


def test_unknown_fields_are_ignored_so_that_change_may_be_additive():
    for service, event in EVENTS:
        document = json.loads(_examples(service, event.TYPE)[0]) | {"added_later": str(uuid4())}
        event.model_validate(document)


def _outgoing(event: Event) -> Outgoing:
    tenant_id = UUID(int=1)
    aggregate = getattr(event, event.AGGREGATE, tenant_id)
    return Outgoing(event, tenant_id, str(aggregate), 1, Cause("1"))


@pytest.mark.parametrize(
    ("service", "event"), EVENTS, ids=lambda value: getattr(value, "TYPE", value)
)
def test_every_event_names_its_aggregate(service, event):
    assert event.AGGREGATE in {"tenant_id", *event.model_fields}, f"set AGGREGATE in {service}"


def test_the_asyncapi_document_is_one():
    document = json.loads(ASYNCAPI.read_text())
    ApplicationSchema.model_validate(document)
    assert set(document["components"]["messages"]) == {event.TYPE for _, event in EVENTS}
    for reference in _references(document):
        assert _resolved(document, reference), reference


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _resolved(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part, {})
    return node
