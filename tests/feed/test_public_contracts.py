"""What is published of the contracts agrees with what leaves, is complete, and gives notice before it ends."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from jsonschema import Draft202012Validator, FormatChecker

from deploy import public_contracts
from services.feed.contracts import changelog
from services.feed.contracts.public_events import PUBLIC_EVENTS
from services.feed.contracts.public_events.base import AboutPerson, Deprecation, PublicEvent
from services.feed.contracts.public_events.words import FIELDS, GERMAN
from services.feed.contracts.publishing import FOLDER
from services.feed.domain.public_types import PUBLIC
from services.feed.domain.view import View

EVENTS = {event.TYPE: event for event in PUBLIC_EVENTS}
FROM_INSIDE = [name for name in PUBLIC if not name.startswith("endpoint.")]


def _example(name: str) -> dict[str, Any]:
    [path] = Path("services").glob(f"*/contracts/examples/{name}.json")
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def test_every_type_that_leaves_is_described_and_no_other():
    assert EVENTS.keys() == PUBLIC.keys() == GERMAN.keys()
    assert len(EVENTS) == len(PUBLIC_EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_a_description_has_the_fields_that_leave(name):
    event, public = EVENTS[name], PUBLIC[name]
    fields = dict(event.model_fields)
    if fields.pop("person", None):
        assert "person_id" in public.views[View.OWN]
    assert fields.keys() == public.fields
    required = {field for field, info in fields.items() if info.is_required()}
    assert required <= public.common_fields, "another view lacks a field that is said to be there"


@pytest.mark.parametrize("name", FROM_INSIDE)
@pytest.mark.parametrize("view", View)
def test_what_leaves_is_what_the_schema_says(name, view):
    if view not in PUBLIC[name].views:
        return
    seen = PUBLIC[name].public(view, uuid4(), _example(name))
    schema = public_contracts.schema(EVENTS[name])
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(seen)
    assert seen.keys() <= schema["properties"].keys()


def test_every_field_has_its_words_and_no_words_are_left_over():
    named = set()
    for event in PUBLIC_EVENTS:
        schema = event.model_json_schema()
        for part in (schema, *schema.get("$defs", {}).values()):
            named |= part["properties"].keys()
    assert named == FIELDS.keys()


def test_people_are_named_where_they_are_told_of_and_never_when_they_are_erased():
    named = {event.TYPE for event in PUBLIC_EVENTS if issubclass(event, AboutPerson)}
    about = {name for name, public in PUBLIC.items() if "person_id" in public.fields}
    assert named == about - {"person.erased.v1"}


def test_no_document_is_left_over():
    kept = {str(path.relative_to(FOLDER)) for path in _files()}
    assert kept - {"openapi.json"} == {name for name, _ in public_contracts.documents()}


def test_the_asyncapi_document_is_one():
    document = public_contracts.asyncapi()
    ApplicationSchema.model_validate(document)
    assert {each["name"] for each in document["components"]["messages"].values()} == EVENTS.keys()
    for reference in _references(document):
        assert _resolved(document, reference), reference
    Draft202012Validator.check_schema(public_contracts.cloud_event())


@pytest.mark.parametrize("event", PUBLIC_EVENTS, ids=lambda event: event.TYPE)
def test_who_reads_a_type_has_a_year_to_change_over(event):
    notice = event.DEPRECATED
    if notice:
        assert notice.ends_on - notice.deprecated_on >= timedelta(days=changelog.NOTICE_DAYS)
        assert notice.replaced_by in EVENTS


def test_a_deprecated_type_says_so_where_it_is_described(monkeypatch):
    class OldV1(PublicEvent):
        """It was so."""

        TYPE: ClassVar[str] = "offer.published.v1"
        DEPRECATED = Deprecation(date(2027, 1, 1), date(2028, 1, 1), "offer.published.v2")

    document = public_contracts.schema(OldV1)
    assert (document["deprecated"], document["x-ends-on"]) == (True, "2028-01-01")
    monkeypatch.setattr(changelog, "PUBLIC_EVENTS", (OldV1,))
    newest, *_ = changelog.changelog()
    assert (newest["on"], newest["kind"]) == ("2027-01-01", "deprecated")
    assert "2028-01-01" in newest["text"]["de"]


def _files() -> Iterator[Path]:
    return (path for path in FOLDER.rglob("*") if path.is_file())


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _resolved(document: Any, reference: str) -> Any:
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part, {})
    return node
