"""The rules of repairs, without a database."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from shared.operations.approval import ApprovalNeededError
from shared.repairs.repair import (
    Action,
    Choice,
    Key,
    Progress,
    Repair,
    RepairStateError,
    State,
    needs_approval,
)
from tests.shared.toys import NOW

IDS, GROUP = Choice(ids=(1,)), Choice(group_id="0" * 16)
KEY = Choice(key=Key("toy-events", "a:b"))


def _repair(**changes: Any) -> Repair:
    usual = Repair(
        repair_id=uuid4(),
        action=Action.REDRIVE,
        choice=GROUP,
        reason="mended",
        state=State.PREVIEWED,
        letters=5_000,
        needs_approval=False,
        batches=0,
        why="",
        asked_by="olga",
        cut_off=NOW,
    )
    return replace(usual, **changes)


@pytest.mark.parametrize(
    ("action", "choice", "letters", "expected"),
    [
        (Action.REDRIVE, GROUP, 1_000, False),
        (Action.REDRIVE, GROUP, 1_001, True),
        (Action.DISCARD, IDS, 1_000, False),
        (Action.DISCARD, GROUP, 1, True),
        (Action.DISCARD, KEY, 1, False),
    ],
)
def test_a_second_person_is_needed(
    action: Action, choice: Choice, letters: int, expected: bool
) -> None:
    assert needs_approval(action, choice, letters, 1_000) is expected


def test_what_is_dangerous_is_confirmed_by_another_who_approves() -> None:
    repair = _repair(needs_approval=True)
    for operator, is_approver in (("olga", True), ("otto", False)):
        with pytest.raises(ApprovalNeededError, match="olga asked"):
            repair.confirm(operator, is_approver=is_approver, now=NOW)
    repair.confirm("anton", is_approver=True, now=NOW)
    assert (repair.state, repair.confirmed_by) == (State.CONFIRMED, "anton")


def test_batches_grow_and_the_rest_goes_in_portions() -> None:
    sizes = [_repair(batches=done).next_batch() for done in range(5)]
    assert sizes == [1, 10, 100, 1_000, 1_000]


@pytest.mark.parametrize("changes", [{"choice": KEY}, {"action": Action.DISCARD}])
def test_a_key_and_what_is_given_up_go_whole(changes: dict[str, Any]) -> None:
    assert _repair(**changes).next_batch() == 5_000


def test_it_stops_when_a_letter_fails_and_others_are_left() -> None:
    repair = _repair(state=State.RUNNING, batches=1)
    repair.settled(Progress(waiting=4_999, failed=1), failed_now=1)
    assert (repair.state, repair.why) == (State.PAUSED, "1 of batch 1 failed again")
    repair.resume()
    repair.settled(Progress(waiting=4_989, failed=1, resolved=10), failed_now=0)
    assert (repair.state, repair.why) == (State.RUNNING, "")


def test_it_is_done_when_no_letter_is_left_and_says_how_many_failed() -> None:
    for state in (State.RUNNING, State.PAUSED):
        repair = _repair(state=state, letters=3)
        repair.settled(Progress(driven=1, resolved=2), failed_now=0)
        assert repair.state is state, "one is under way"
        repair.settled(Progress(failed=1, resolved=2), failed_now=1)
        assert (repair.state, repair.why) == (State.DONE, "1 of 3 failed again")


_CHANGES: dict[str, tuple[Callable[[Repair], None], set[State]]] = {
    "confirm": (
        lambda each: each.confirm("otto", is_approver=False, now=NOW),
        {State.PREVIEWED},
    ),
    "pause": (lambda each: each.pause("otto"), {State.CONFIRMED, State.RUNNING}),
    "resume": (Repair.resume, {State.PAUSED}),
    "cancel": (
        lambda each: each.cancel("otto"),
        {State.PREVIEWED, State.CONFIRMED, State.RUNNING, State.PAUSED},
    ),
}


@pytest.mark.parametrize("name", _CHANGES)
@pytest.mark.parametrize("state", State)
def test_what_is_possible_depends_on_where_it_stands(name: str, state: State) -> None:
    change, possible = _CHANGES[name]
    repair = _repair(state=state)
    if state in possible:
        change(repair)
        assert repair.state is not state
    else:
        with pytest.raises(RepairStateError, match=str(state)):
            change(repair)
