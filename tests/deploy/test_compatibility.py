"""The gate of the event contracts: additions pass, everything else is refused with what to do instead."""

from datetime import datetime
from pathlib import Path
from types import GenericAlias
from typing import Any, ClassVar, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, create_model

from deploy import contracts
from deploy.compatibility import breaches, removed
from shared.envelope import Event


class Part(BaseModel):
    name: str
    weight: int = 0


class ToySoldV1(Event):
    """A toy was sold."""

    TYPE: ClassVar[str] = "toy.sold.v1"
    TOPIC: ClassVar[str] = "toy-events"

    toy_id: UUID
    price: int
    colour: str = "red"
    kind: Literal["ball", "doll"] = "ball"
    part: Part
    parts: tuple[Part, ...] = ()


def _schema(**changes: Any) -> dict[str, Any]:
    """The event's schema with fields changed, added, or removed by None."""
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in ToySoldV1.model_fields.items()
    }
    fields |= changes
    kept = {name: field for name, field in fields.items() if field is not None}
    model: type[BaseModel] = create_model("ToySoldV1", **kept)
    return model.model_json_schema()


def _part(**fields: Any) -> Any:
    return create_model("Piece", **fields)


def _parts(**fields: Any) -> Any:
    return GenericAlias(tuple, (_part(**fields), ...))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"size": (int | None, None)},
        {"price": (int, Field(description="in cents"))},
        {"part": (_part(name=(str, ...), weight=(int, 0)), ...)},
        {"part": (_part(name=(str, ...), weight=(int, 0), age=(int, 0)), ...)},
        {"parts": (_parts(name=(str, ...), weight=(int, 0), age=(int, 0)), ())},
    ],
    ids=["nothing", "field with default", "words", "class renamed", "nested", "in a list"],
)
def test_an_addition_passes(changes: dict[str, Any]) -> None:
    assert breaches(_schema(), _schema(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "field", "remedy"),
    [
        ({"price": None}, "`price` was removed", "Keep it"),
        ({"price": (str, ...)}, "`price` changed", "Keep it as it was"),
        ({"price": (int, Field(ge=1))}, "`price` changed", "Keep it as it was"),
        ({"price": (int | None, ...)}, "`price` changed", "Keep it as it was"),
        ({"toy_id": (str, ...)}, "`toy_id` changed", "Keep it as it was"),
        ({"colour": (str, ...)}, "`colour` became required", "Keep its default"),
        ({"kind": (Literal["ball"], "ball")}, "`kind` changed", "new version"),
        ({"kind": (Literal["ball", "doll", "car"], "ball")}, "`kind` changed", "new version"),
        ({"size": (int, ...)}, "`size` is new and required", "Give it a default"),
        ({"part": (_part(name=(str, ...)), ...)}, "`part.weight` was removed", "Keep it"),
        (
            {"parts": (_parts(name=(int, ...), weight=(int, 0)), ())},
            "`parts[].name` changed",
            "Keep it as it was",
        ),
    ],
)
def test_what_breaks_is_refused_with_what_to_do(
    changes: dict[str, Any], field: str, remedy: str
) -> None:
    (breach,) = breaches(_schema(), _schema(**changes))
    assert breach.startswith(field)
    assert remedy in breach


def test_several_breaches_are_all_named() -> None:
    assert len(breaches(_schema(), _schema(price=None, when=(datetime, ...)))) == 2


def test_a_removed_event_is_refused() -> None:
    assert "keep the class" in removed("toy.sold.v1")


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The contracts of a service that has only the toy, written to a folder of their own."""
    monkeypatch.setattr(contracts, "SERVICES_FOLDER", tmp_path)
    monkeypatch.setattr(contracts, "SERVICES", ("toyshop",))
    monkeypatch.setattr(contracts, "events_of", lambda _service: (ToySoldV1,))
    monkeypatch.setattr(contracts, "generated", _generated)
    assert contracts.main([]) == 0
    return contracts.schema_path("toyshop", ToySoldV1)


def _generated() -> list[tuple[Path, str]]:
    return [
        (contracts.schema_path("toyshop", event), contracts.schema_text(event))
        for event in contracts.events_of("toyshop")
    ]


@pytest.mark.parametrize("arguments", [["--check"], []], ids=["make check", "make contracts"])
def test_a_breaking_change_is_neither_checked_in_nor_written(
    published: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    before = published.read_text()
    model = create_model("ToySoldV1", __base__=Event, toy_id=(UUID, ...))
    monkeypatch.setattr(model, "TYPE", "toy.sold.v1", raising=False)
    monkeypatch.setattr(contracts, "events_of", lambda _service: (model,))
    assert contracts.main(arguments) == 1
    assert "toy.sold.v1: `price` was removed" in capsys.readouterr().out
    assert published.read_text() == before


def test_an_event_type_cannot_vanish(
    published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(contracts, "events_of", lambda _service: ())
    assert contracts.main([]) == 1
    assert "toy.sold.v1 was removed" in capsys.readouterr().out
    assert published.exists()
