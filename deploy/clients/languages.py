"""Models as Python, Java and TypeScript say them."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.clients.models import Field, Model, Schema, models

CLIENTS: Final = Path("clients")
NOTICE: Final = "Generated from the published JSON Schemas by `make contracts`; do not edit."
WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class Types:
    """How a language names the types of values; scalars by JSON type, or by type and format."""

    scalars: Mapping[str, str]
    array: str
    table: str

    def name(self, schema: Schema) -> str:
        """The type of a value."""
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        kind = schema.get("type", "anything")
        if kind == "array":
            return self.array.format(self.name(schema["items"]))
        if kind == "object":
            return self.table.format(self.name(schema.get("additionalProperties") or {}))
        of_format = self.scalars.get(f"{kind} {schema.get('format')}")
        return of_format or self.scalars[kind]


PYTHON: Final = Types(
    {
        "string": "str",
        "string uuid": "UUID",
        "string date": "date",
        "string date-time": "datetime",
        "integer": "int",
        "number": "float",
        "boolean": "bool",
        "anything": "object",
    },
    array="tuple[{}, ...]",
    table="dict[str, {}]",
)
JAVA: Final = Types(
    {
        "string": "String",
        "string uuid": "UUID",
        "string date": "LocalDate",
        "string date-time": "OffsetDateTime",
        "integer": "Long",
        "number": "Double",
        "boolean": "Boolean",
        "anything": "Object",
    },
    array="List<{}>",
    table="java.util.Map<String, {}>",
)
TYPESCRIPT: Final = Types(
    {
        "string": "string",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "anything": "unknown",
    },
    array="{}[]",
    table="Record<string, {}>",
)

_PYTHON_START: Final = f'''"""{NOTICE}"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of all: what is added later is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
'''

_JAVA_START: Final = f"""\
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** {NOTICE} */
final class Models {{
    private Models() {{}}
"""


def model_files(schemas: Iterable[Schema]) -> Iterator[tuple[Path, str]]:
    """Each language's file with its text."""
    known = models(schemas)
    yield CLIENTS / "python" / "models.py", "\n\n".join([_PYTHON_START, *map(_python, known)])
    yield CLIENTS / "java" / "Models.java", "\n".join([_JAVA_START, *map(_java, known)]) + "}\n"
    yield (
        CLIENTS / "typescript" / "models.ts",
        "\n".join([f"// {NOTICE}\n", *map(_typescript, known)]),
    )


def _python(model: Model) -> str:
    words = textwrap.wrap(model.description, WIDTH - 10)
    docstring = "\n    ".join(words) + ("\n    " if len(words) > 1 else "")
    lines = [f"class {model.name}(Model):", f'    """{docstring}"""', ""]
    if model.event_type:
        lines += [f'    TYPE: ClassVar[str] = "{model.event_type}"', ""]
    lines += [f"    {field.name}: {_python_type(field)}" for field in model.fields]
    return "\n".join(lines).rstrip() + "\n"


def _python_type(field: Field) -> str:
    if not field.required:
        return f"{PYTHON.name(field.schema)} | None = None"
    return PYTHON.name(field.schema) + (" | None" if field.nullable else "")


def _java(model: Model) -> str:
    fields = ", ".join(f"{JAVA.name(field.schema)}~{field.name}" for field in model.fields)
    record = f"record {model.name}({fields}) {{"
    lines = [
        line.replace("~", " ") for line in textwrap.wrap(record, WIDTH, subsequent_indent=" " * 8)
    ]
    if model.event_type:
        lines += [f'    static final String TYPE = "{model.event_type}";']
    return textwrap.indent("\n".join([_block(model), *lines, "}"]), " " * 4) + "\n"


def _typescript(model: Model) -> str:
    fields = [f"  {field.name}{_typescript_type(field)};" for field in model.fields]
    return "\n".join([_block(model), f"export interface {model.name} {{", *fields, "}"]) + "\n"


def _typescript_type(field: Field) -> str:
    missing, nothing = "" if field.required else "?", " | null" if field.nullable else ""
    return f"{missing}: {TYPESCRIPT.name(field.schema)}{nothing}"


def _block(model: Model) -> str:
    """A comment as Java and TypeScript have it."""
    lines = textwrap.wrap(model.description, WIDTH)
    return "\n".join(["/**", *(f" * {line}" for line in lines), " */"])
