"""The public contracts as pages: made from the published documents when the process starts; no script."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.feed.adapters.publication import Document, Publication
from services.feed.contracts.public_events.words import FIELDS, GERMAN
from services.feed.domain.view import View
from services.feed.entrypoints.contract_words import WORDS

TEMPLATES: Final = Path(__file__).parent / "templates"
HTML: Final = "text/html; charset=utf-8"


class Language(StrEnum):
    """The languages of the pages; the first is for who prefers neither."""

    GERMAN = "de"
    ENGLISH = "en"


class Field(NamedTuple):
    """A row of the table of a type's fields; `within` names the field that it is a part of."""

    name: str
    within: str
    kind: str
    meaning: str
    views: frozenset[str]


class ContractPages:
    """The pages of a publication, one a language, rendered once."""

    def __init__(self, publication: Publication) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["code"] = _code
        types = publication.schemas
        self._overviews = {
            language: self._render("contracts.html", language, _types(types, language))
            for language in Language
        }
        self._changelogs = {
            language: self._render("changelog.html", language, publication.changes)
            for language in Language
        }

    def overview(self, language: Language) -> Document:
        """Every type with its fields."""
        return self._overviews[language]

    def changelog(self, language: Language) -> Document:
        """What changed."""
        return self._changelogs[language]

    def _render(self, template: str, language: Language, content: Any) -> Document:
        page = self._environment.get_template(template)
        text = page.render(lang=language.value, words=WORDS[language.value], content=content)
        return Document(text.encode(), HTML)


def _types(schemas: Sequence[Mapping[str, Any]], language: Language) -> list[dict[str, Any]]:
    return [
        {
            "name": schema["title"],
            "meaning": GERMAN[schema["title"]]
            if language is Language.GERMAN
            else schema["description"],
            "views": list(schema["x-views"]),
            "fields": list(_fields(schema, language)),
            "example": _pretty(schema["examples"][0]) if schema["examples"] else None,
            "ends_on": schema.get("x-ends-on"),
            "replaced_by": schema.get("x-replaced-by"),
        }
        for schema in schemas
    ]


def _fields(schema: Mapping[str, Any], language: Language) -> Iterator[Field]:
    for name, field in schema["properties"].items():
        views = _views(name, schema)
        yield Field(name, "", _kind(field), _meaning(name, language), views)
        for inner, part in _part(field, schema).get("properties", {}).items():
            yield Field(inner, name, _kind(part), _meaning(inner, language), views)


def _views(name: str, schema: Mapping[str, Any]) -> frozenset[str]:
    """Who sees a field. What is in no view is a person's name, which is added for the own tenant at delivery."""
    views = {view for view, names in schema["x-views"].items() if name in names}
    return frozenset(views or {View.OWN})


def _meaning(name: str, language: Language) -> str:
    words = FIELDS[name]
    return words.german if language is Language.GERMAN else words.english


def _kind(field: Mapping[str, Any]) -> str:
    """A field's type in JSON Schema's words, with its format."""
    if "anyOf" in field:
        return " | ".join(_kind(each) for each in field["anyOf"])
    if "$ref" in field:
        return "object"
    if field.get("type") == "array":
        return f"array<{_kind(field['items'])}>"
    return str(field.get("format", field["type"]))


def _part(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a field holds, if that has fields of its own."""
    for each in (field, field.get("items", {}), *field.get("anyOf", ())):
        if "$ref" in each:
            part: Mapping[str, Any] = schema["$defs"][each["$ref"].removeprefix("#/$defs/")]
            return part
    return {}


def _code(text: str) -> Markup:
    """Text with what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in parts
    )


def _pretty(example: Any) -> str:
    return json.dumps(example, indent=2, ensure_ascii=False)
