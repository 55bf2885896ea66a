"""A story told by several services becomes one, whatever their clocks say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from rich.console import Console

from deploy import story
from deploy.story import Step, address, failed, lacks, merge, table
from shared.expectations import Expected

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def _step(service: str, name: str, milliseconds: int, cause: str | None = None) -> Step:
    return Step(
        service=service,
        id=name,
        type=f"{name}.v1",
        subject="c0ffee00-0000-4000-8000-000000000000",
        tenant_id="7e4a47a0-0000-4000-8000-000000000000",
        time=NOON + timedelta(milliseconds=milliseconds),
        causation_id=cause,
        traceparent=f"00-{TRACE}-00f067aa0ba902b7-01",
        state="sent",
    )


def _merged(*steps: Step) -> list[str]:
    by_service: dict[str, list[Step]] = {}
    for step in steps:
        by_service.setdefault(step.service, []).append(step)
    return [each.id for each in merge(by_service)]


def test_steps_of_several_services_are_in_the_order_of_time() -> None:
    merged = _merged(
        _step("catalogue", "requested", 0),
        _step("catalogue", "confirmed", 20, "reserved"),
        _step("voucher", "reserved", 10, "requested"),
    )
    assert merged == ["requested", "reserved", "confirmed"]


def test_an_effect_follows_its_cause_though_its_clock_is_slow() -> None:
    merged = _merged(
        _step("catalogue", "requested", 500),
        _step("voucher", "reserved", 100, "requested"),
        _step("catalogue", "confirmed", 600, "reserved"),
        _step("member", "earlier", 0),
    )
    assert merged == ["earlier", "requested", "reserved", "confirmed"]


def test_what_one_service_published_at_one_moment_stays_in_its_order() -> None:
    names = ["c", "a", "b"]
    assert _merged(*(_step("catalogue", name, 0) for name in names)) == names


def test_a_cause_of_another_story_or_a_circle_hides_nothing() -> None:
    merged = _merged(
        _step("catalogue", "one", 0, "elsewhere"),
        _step("catalogue", "two", 1, "three"),
        _step("catalogue", "three", 2, "two"),
    )
    assert sorted(merged) == ["one", "three", "two"]


def test_a_story_as_long_as_there_are_events_is_told() -> None:
    names = [str(n) for n in range(5_000)]
    steps = [_step("voucher", name, -n, str(n - 1)) for n, name in enumerate(names)]
    assert _merged(*steps) == names


def test_nothing_is_no_story() -> None:
    assert merge({"voucher": []}) == []


def test_the_table_says_how_long_each_step_took_and_what_is_pending() -> None:
    steps = [
        _step("catalogue", "requested", 0),
        _step("voucher", "reserved", 12),
        replace(_step("catalogue", "confirmed", 3_012), state="pending"),
    ]
    console = Console(width=80)
    with console.capture() as shown:
        console.print(table(steps))
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
    asked = replace(
        _step("catalogue", "booking.requested", 0), expects=(Expected(answers, "voucher", due),)
    )
    for now, word in ((NOON, "Awaited"), (due + timedelta(seconds=1), "Overdue")):
        assert lacks([asked], now) == [
            f"{word}: voucher.reserved.v1 or voucher.refused.v1 from voucher, by 12:00:30 UTC"
        ]
    assert lacks([asked, _step("voucher", "voucher.refused", 10)], due) == []


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
