"""The rules of a repair: who may confirm it, how its batches grow, when it stops, when it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from shared.operations.approval import require_second_person

#: The batches grow; what is left after the last of these goes in portions.
BATCHES = (1, 10, 100)
PORTION = 1_000
#: A preview that nobody confirms lets go of its letters; a second person may have to be found first.
PREVIEW_LASTS, APPROVAL_LASTS = timedelta(minutes=15), timedelta(hours=4)


class Action(StrEnum):
    """What is to become of the letters."""

    REDRIVE = "redrive"
    DISCARD = "discard"


class State(StrEnum):
    """Where a repair stands."""

    PREVIEWED = "previewed"
    CONFIRMED = "confirmed"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class LetterState(StrEnum):
    """What became of a letter in a repair; while it waits or is driven the repair holds it."""

    WAITING = "waiting"
    DRIVEN = "driven"
    RESOLVED = "resolved"
    FAILED = "failed"
    DISCARDED = "discarded"
    GONE = "gone"
    RELEASED = "released"


class RepairError(Exception):
    """A repair cannot be done so; the text says what to do."""

    code = "repair_refused"


class RepairStateError(RepairError):
    """The repair stands where this is not possible."""

    code = "repair_state"

    def __init__(self, state: State, wish: str) -> None:
        super().__init__(f"The repair is {state}: it cannot be {wish} now. Read it again.")


@dataclass(frozen=True, slots=True)
class Key:
    """An aggregate's records on a topic, which keep their order."""

    topic: str
    key: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters are meant: one of the three."""

    ids: tuple[int, ...] | None = None
    group_id: str | None = None
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many letters of a repair are where."""

    waiting: int = 0
    driven: int = 0
    resolved: int = 0
    failed: int = 0
    discarded: int = 0
    gone: int = 0
    released: int = 0


def needs_approval(action: Action, choice: Choice, letters: int, most_alone: int) -> bool:
    """Whether a second person has to look: at many letters, and at giving up a whole group."""
    gives_up_a_group = action is Action.DISCARD and choice.group_id is not None
    return gives_up_a_group or letters > most_alone


@dataclass(slots=True)
class Repair:
    """A repair and where it stands."""

    repair_id: UUID
    action: Action
    choice: Choice
    reason: str
    state: State
    letters: int
    needs_approval: bool
    batches: int
    why: str
    asked_by: str
    cut_off: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row of repairs."""
        chosen = dict(row.choice)
        key = chosen.get("key")
        choice = Choice(
            ids=tuple(chosen["ids"]) if "ids" in chosen else None,
            group_id=chosen.get("group_id"),
            key=Key(**key) if key else None,
        )
        return cls(
            row.repair_id,
            Action(row.action),
            choice,
            row.reason,
            State(row.state),
            row.letters,
            row.needs_approval,
            row.batches,
            row.why,
            row.asked_by,
            row.cut_off,
            row.confirmed_by,
            row.confirmed_at,
        )

    def confirm(self, operator: str, *, is_approver: bool, now: datetime) -> None:
        """Have it begin. Raises RepairStateError or ApprovalNeededError."""
        self._require(State.PREVIEWED, wish="confirmed")
        if self.needs_approval:
            require_second_person(self.asked_by, operator, is_approver=is_approver)
        self.state, self.confirmed_by, self.confirmed_at = State.CONFIRMED, operator, now

    def pause(self, operator: str) -> None:
        """Begin no further batch."""
        self._require(State.CONFIRMED, State.RUNNING, wish="paused")
        self._stop(f"paused by {operator}")

    def resume(self) -> None:
        """Go on with the next batch."""
        self._require(State.PAUSED, wish="resumed")
        self.state, self.why = State.RUNNING, ""

    def cancel(self, operator: str) -> None:
        """Drive no further letter; what is driven already is waited for."""
        self._require(
            State.PREVIEWED, State.CONFIRMED, State.RUNNING, State.PAUSED, wish="cancelled"
        )
        self.state, self.why = State.CANCELLED, f"cancelled by {operator}"

    def lapse(self) -> None:
        """Nobody has confirmed it in time."""
        self.state, self.why = State.CANCELLED, "nobody confirmed it in time"

    def next_batch(self) -> int:
        """How many letters go next: a key goes whole, and so does what is given up."""
        if self.choice.key is not None or self.action is Action.DISCARD:
            return self.letters
        return BATCHES[self.batches] if self.batches < len(BATCHES) else PORTION

    def settled(self, progress: Progress, failed_now: int) -> None:
        """What became of the letters driven so far: `failed_now` of them failed since the last look.

        It is done when no letter is left; before, it stops as soon as one has failed again.
        """
        if self.state not in {State.RUNNING, State.PAUSED}:
            return
        if not progress.waiting and not progress.driven:
            self.state = State.DONE
            self.why = (
                f"{progress.failed} of {self.letters} failed again" if progress.failed else ""
            )
        elif failed_now and progress.waiting and self.state is State.RUNNING:
            self._stop(f"{failed_now} of batch {self.batches} failed again")

    def _stop(self, why: str) -> None:
        self.state, self.why = State.PAUSED, why

    def _require(self, *states: State, wish: str) -> None:
        if self.state not in states:
            raise RepairStateError(self.state, wish)
