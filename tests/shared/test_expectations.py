"""What a story lacks, from what its services declare."""

from datetime import timedelta
from typing import Any

from shared.expectations import Expectation, gaps
from tests.shared.toys import NOW

ANSWER = Expectation("asked", ("granted", "refused"), by="other", within=timedelta(seconds=30))
USE = Expectation("done", ("used",), by="other", within=timedelta(minutes=1), given="granted")


def _event(event_type: str, seconds: int = 0) -> dict[str, Any]:
    return {"id": event_type, "type": event_type, "time": NOW + timedelta(seconds=seconds)}


def test_what_has_to_follow_and_did_not_is_a_gap_with_its_time() -> None:
    [gap] = gaps([ANSWER, USE], [_event("asked", 5)])
    assert (gap.event_id, gap.types, gap.by) == ("asked", ("granted", "refused"), "other")
    assert gap.due_at == NOW + timedelta(seconds=35)


def test_one_of_several_answers_is_enough() -> None:
    assert gaps([ANSWER], [_event("asked"), _event("refused", 1)]) == []


def test_some_are_expected_in_some_stories_only() -> None:
    assert gaps([USE], [_event("done")]) == []
    [gap] = gaps([USE], [_event("granted"), _event("done")])
    assert gap.types == ("used",)


def test_an_answer_by_a_clock_that_is_behind_is_one() -> None:
    assert gaps([ANSWER], [_event("granted", -3), _event("asked")]) == []
