"""The generated models, and the subscribers as what they are: code of outsiders."""

import ast
import sys

import pytest

from clients.python import models as generated
from deploy import public_contracts
from deploy.clients.models import models
from deploy.clients.programs import CLIENTS, check_typescript
from services.feed.contracts.public_events import PUBLIC_EVENTS

LIBRARIES = {"httpx", "kafka", "pydantic", "standardwebhooks"}


@pytest.mark.parametrize("event", PUBLIC_EVENTS, ids=lambda event: event.TYPE)
def test_every_published_example_is_read(event):
    schema = public_contracts.schema(event)
    [known] = [each for each in models([schema]) if each.event_type == event.TYPE]
    model = getattr(generated, known.name)
    for example in schema["examples"]:
        read = model.model_validate(example)
        assert model.model_validate_json(read.model_dump_json()) == read


def test_what_no_model_can_say_is_refused():
    choice = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    schema = {"$id": "urn:x:thing.done.v1", "title": "thing.done.v1", "properties": {"a": choice}}
    with pytest.raises(ValueError, match="a choice between types"):
        models([schema])


def test_two_parts_of_one_name_are_refused():
    def schema(number: int, field: str):
        part = {"title": "Part", "properties": {field: {"type": "string"}}}
        name = f"thing{number}.done.v1"
        return {"$id": f"urn:x:{name}", "title": name, "$defs": {"Part": part}}

    with pytest.raises(ValueError, match="Part has two shapes"):
        models([schema(1, "a"), schema(2, "b")])


def test_the_typescript_subscriber_is_well_typed():
    check_typescript()


def test_the_python_subscriber_knows_nothing_of_the_platforms_inside():
    imported = {
        name.split(".")[0]
        for path in (CLIENTS / "python").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _names(node)
    }
    assert imported - sys.stdlib_module_names == LIBRARIES


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
