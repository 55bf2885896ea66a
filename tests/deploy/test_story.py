"""`make story` says what happened, how long it took, what is missing and what failed; tests/console orders it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from rich.console import Console

from deploy import story
from deploy.story import failed, lacks, table
from services.console.application.story_answers import address
from services.console.domain.story import Event
from shared.expectations import Expected

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def _event(service: str, name: str, milliseconds: int) -> Event:
    return Event(
        service=service,
        id=name,
        type=f"{name}.v1",
        topic=f"{service}-events",
        subject="c0ffee00-0000-4000-8000-000000000000",
        tenant_id="7e4a47a0-0000-4000-8000-000000000000",
        sequence=1,
        time=NOON + timedelta(milliseconds=milliseconds),
        causation_id=None,
        traceparent=f"00-{TRACE}-00f067aa0ba902b7-01",
        is_sent=True,
    )


def test_the_table_says_how_long_each_step_took_and_what_is_pending() -> None:
    events = [
        _event("catalogue", "requested", 0),
        _event("voucher", "reserved", 12),
        replace(_event("catalogue", "confirmed", 3_012), is_sent=False),
    ]
    console = Console(width=80)
    with console.capture() as shown:
        console.print(table(events))
    lines = shown.get().splitlines()
    assert lines[1].split()[:4] == ["11-21", "12:00:00", "catalogue", "requested.v1"]
    assert lines[2].split()[2:6] == ["12", "ms", "voucher", "reserved.v1"]
    assert lines[3].split()[2:4] == ["3.0", "s"]
    assert lines[3].split()[-1] == "pending"


@pytest.mark.parametrize("chosen", ["a/b", "..", ".", "a b?c=d#e", "100%", "%2F", "it's $HOME `x`"])
def test_any_text_is_one_address(chosen: str) -> None:
    url = httpx.URL("http://service" + address(chosen))
    assert url.path == f"/v1/operations/stories/{chosen}"
    assert (url.query, url.fragment) == (b"", "")


@pytest.fixture(name="told")
def _told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(Console, "print", lambda _self, what, **_: lines.append(str(what)))
    return lines


def test_without_an_id_it_says_what_is_missing(told: list[str]) -> None:
    assert story.main([]) == story.main([""]) == 2
    assert told == ["Say which: make story id=<correlation id>"] * 2


def test_what_has_to_follow_is_awaited_and_then_overdue() -> None:
    due = NOON + timedelta(seconds=30)
    answers = ("voucher.reserved.v1", "voucher.refused.v1")
    asked = (_event("catalogue", "booking.requested", 0), [Expected(answers, "voucher", due)])
    for now, word in ((NOON, "Awaited"), (due + timedelta(seconds=1), "Overdue")):
        assert lacks([asked], now) == [
            f"{word}: voucher.reserved.v1 or voucher.refused.v1 from voucher, by 12:00:30 UTC"
        ]
    assert lacks([asked, (_event("voucher", "voucher.refused", 10), [])], due) == []


def test_what_failed_is_said_with_its_attempts() -> None:
    failure = {
        "type": "booking.requested.v1",
        "state": "dead",
        "attempts": 5,
        "error": "LookupError",
        "due_at": None,
        "letter_id": 7,
    }
    assert failed("voucher", failure) == (
        "voucher could not handle booking.requested.v1 in 5 attempts: LookupError, dead letter 7"
    )
    assert "behind an earlier" in failed("voucher", {**failure, "state": "behind"})
