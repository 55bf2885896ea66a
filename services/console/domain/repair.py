"""A repair as its service tells of it: letters driven again or given up, previewed and in growing batches."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.console.domain.decisions import Decision, refused_as_second, refused_to_act
from services.console.domain.operator import APPROVER, Operator
from services.console.domain.wording import msg

#: The services' own limits (ADR 0018): a preview that nobody confirms lets go of its letters.
LAPSES: Final = timedelta(minutes=15)
LAPSES_WITH_APPROVAL: Final = timedelta(hours=4)


class State(StrEnum):
    """Where a repair stands."""

    PREVIEWED = "previewed"
    CONFIRMED = "confirmed"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What is to become of the letters."""

    REDRIVE = "redrive"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Key:
    """An aggregate's records on a topic, which keep their order."""

    topic: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many letters are where; `resolved` is what the consumer's inbox says took effect."""

    waiting: int
    driven: int
    resolved: int
    failed: int
    discarded: int
    gone: int
    released: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What failed after its `cut_off` is not in it: `newer` letters, where the service was asked for one repair."""

    repair_id: str
    action: Action
    state: State
    group_id: str | None
    key: Key | None
    reason: str
    letters: int
    cut_off: datetime
    asked_by: str
    needs_approval: bool
    confirmed_by: str | None
    confirmed_at: datetime | None
    batches: int
    why: str
    progress: Progress
    newer: int = 0

    @property
    def is_over(self) -> bool:
        """Nothing changes any more."""
        return self.state in {State.DONE, State.CANCELLED}

    @property
    def settled(self) -> int:
        """Letters of which is known what became of them."""
        return self.letters - self.progress.waiting - self.progress.driven

    @property
    def lapses_at(self) -> datetime | None:
        """When it lets go of its letters, if nobody confirms it."""
        if self.state is not State.PREVIEWED:
            return None
        return self.cut_off + (LAPSES_WITH_APPROVAL if self.needs_approval else LAPSES)

    def decisions(self, operator: Operator) -> tuple[Decision, ...]:
        """What can be decided where it stands, and by whom."""
        may_act = refused_to_act(operator)
        cancel = Decision("cancellation", msg("Cancel"), may_act)
        pause = Decision("pause", msg("Pause"), may_act)
        resume = Decision("resumption", msg("Go on"), may_act)
        confirm = Decision("confirmation", msg("Confirm"), self._refused_to_confirm(operator))
        return {
            State.PREVIEWED: (confirm, cancel),
            State.CONFIRMED: (pause, cancel),
            State.RUNNING: (pause, cancel),
            State.PAUSED: (resume, cancel),
        }.get(self.state, ())

    def _refused_to_confirm(self, operator: Operator) -> str:
        if self.needs_approval:
            return refused_as_second(operator, self.asked_by)
        return "" if operator.is_allowed(APPROVER) else refused_to_act(operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairLetter:
    """A record of a repair and what became of it; without `letter_id` it waits behind one."""

    letter_id: int | None
    topic: str
    partition: int
    offset: int
    event_id: str | None
    state: str
    error: str


_HOLDER: Final = re.compile(r"repair ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def holders(refusal: str) -> tuple[str, ...]:
    """The ids of the repairs that a service names when it refuses letters that are held."""
    return tuple(_HOLDER.findall(refusal))


#: What services say in English, and the message that says it in every language.
_WHYS: Final = (
    (
        re.compile(r"(?P<failed>\d+) of batch (?P<batch>\d+) failed again"),
        msg("%(failed)s of batch %(batch)s failed again: the rest was not driven."),
    ),
    (
        re.compile(r"(?P<failed>\d+) of (?P<letters>\d+) failed again"),
        msg("%(failed)s of %(letters)s failed again and are dead letters again."),
    ),
    (re.compile(r"paused by (?P<person>.+)"), msg("Paused by %(person)s.")),
    (re.compile(r"cancelled by (?P<person>.+)"), msg("Cancelled by %(person)s.")),
    (re.compile(r"nobody confirmed it in time"), msg("Nobody confirmed it in time.")),
)


@dataclass(frozen=True, slots=True)
class Why:
    """A message and its values; what is not known stands as the service said it, in `verbatim`."""

    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    verbatim: str = ""


def explained(why: str) -> Why:
    """What a repair waits for or how it ended, so that it can be said in every language."""
    for pattern, message in _WHYS:
        if found := pattern.fullmatch(why):
            return Why(message, found.groupdict())
    return Why(verbatim=why)
