"""A tenant's way onto the platform and off it, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.console.domain.tenant import Status


class State(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"


OPENING, CLOSING = "opening", "closing"
INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `needed` says whether the end of the way waits for it."""

    step: str
    state: State
    needed: bool
    attempts: int
    error: str | None
    started_at: datetime | None
    done_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Every step of a tenant's way in; of its way out, once that has begun."""

    tenant_id: str
    status: Status
    direction: str
    is_complete: bool
    steps: tuple[Step, ...]

    @property
    def has_failed(self) -> bool:
        """Whether a step failed and waits for its next attempt."""
        return any(step.state is State.FAILED for step in self.steps)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done."""
        return all(step.state in {State.DONE, State.CANCELLED} for step in self.steps)

    @property
    def was_invited(self) -> bool:
        """Whether the first administrator has been written to."""
        return any(step.step == INVITATION and step.state is State.DONE for step in self.steps)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a step that has ended; without an error it succeeded."""

    step: str
    number: int
    ended_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Who waits for a decision, is on the way in or out, or was decided on lately."""

    name: str
    kind: str
    state: str
    applied_at: datetime
    decided_at: datetime | None
    onboarding: Onboarding


class Column(StrEnum):
    """Where somebody stands on the board, in the order in which somebody looks at it."""

    FAILING = "failing"
    TO_DECIDE = "to_decide"
    COMING = "coming"
    GOING = "going"
    SETTLED = "settled"


def column_of(one: UnderWay) -> Column:
    """What fails comes before everything else."""
    way = one.onboarding
    if way.has_failed:
        return Column.FAILING
    if way.status is Status.APPLIED:
        return Column.TO_DECIDE
    if way.steps and not way.is_over:
        return Column.GOING if way.direction == CLOSING else Column.COMING
    return Column.COMING if way.status is Status.APPROVED else Column.SETTLED


def by_column(found: Iterable[UnderWay]) -> Mapping[Column, Sequence[UnderWay]]:
    """Everybody by column; every column is there."""
    columns: dict[Column, list[UnderWay]] = {column: [] for column in Column}
    for one in found:
        columns[column_of(one)].append(one)
    return columns
