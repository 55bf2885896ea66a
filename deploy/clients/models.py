"""The public events' JSON Schemas, read into what a typed language can say.

It knows what our schemas use and refuses the rest, so that nothing is left out without a word.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One member of an object: what is not required may be missing, what is nullable may be null."""

    name: str
    schema: Schema
    required: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Model:
    """An object with a name: an event's data, or a part of it, which has no event type."""

    name: str
    event_type: str | None
    description: str
    fields: tuple[Field, ...]


def models(schemas: Iterable[Schema]) -> list[Model]:
    """Every event and every part, by name; a part that several events have comes once."""
    found: dict[str, Model] = {}
    for schema in schemas:
        parts = [_model(part, None) for part in schema.get("$defs", {}).values()]
        for model in (*parts, _model(schema, _event_type(schema))):
            if found.setdefault(model.name, model) != model:
                raise ValueError(f"{model.name} has two shapes")
    return [found[name] for name in sorted(found)]


def _event_type(schema: Schema) -> str:
    """The last part of the schema's name or address."""
    name = str(schema["$id"]).removesuffix(".json")
    return name.replace("/", ":").rpartition(":")[2]


def _model(schema: Schema, event_type: str | None) -> Model:
    required = schema.get("required", ())
    fields = [
        Field(name, _without_null(each), name in required, nullable=_without_null(each) != each)
        for name, each in schema.get("properties", {}).items()
    ]
    fields.sort(key=lambda field: (not field.required, field.name))
    description = " ".join(schema.get("description", f"Data of {event_type}.").split())
    return Model(_class_name(schema["title"]), event_type, description, tuple(fields))


def _class_name(title: str) -> str:
    """`VoucherReservedV1` of `voucher.reserved.v1`; what is a class's name already stays one."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[._]", title))


def _without_null(schema: Schema) -> Schema:
    if "anyOf" not in schema:
        return schema
    choices = [each for each in schema["anyOf"] if each != {"type": "null"}]
    if len(choices) != 1:
        raise ValueError(f"a choice between types has no model: {schema}")
    only: Schema = choices[0]
    return only
