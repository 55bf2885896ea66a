"""How a tenant gets onto the platform and off it again: steps of their own, each safe to repeat.

A step is taken outside any transaction and marked afterwards, so a crash repeats at most what was under way.
Steps that do not need each other are taken at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.onboarding_errors import StepNotFailedError
from services.member.domain.statutes import STATUTES

LEASE = timedelta(seconds=30)
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
#: How long a tenant that has left may still fetch what is its own.
EXPORT_PERIOD = timedelta(days=STATUTES.export_days)
_DOUBLINGS = 10


class Direction(StrEnum):
    """Onto the platform, or off it."""

    OPENING = "opening"
    CLOSING = "closing"


class Step(StrEnum):
    """What has to be done. Some are done on the way in and undone on the way out."""

    ORGANIZATION = "organization"
    ACCOUNT = "account"
    MEMBERSHIP = "membership"
    ROLES = "roles"
    INVITATION = "invitation"
    KAFKA_RIGHTS = "kafka_rights"
    QUOTAS = "quotas"
    ISSUER = "issuer"
    PROBE = "probe"
    KAFKA_USER = "kafka_user"
    SCIM_TOKENS = "scim_tokens"
    MACHINE_CLIENTS = "machine_clients"
    IDENTITY_PROVIDER = "identity_provider"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a step may be taken, and whether the others' end depends on it.

    One that is told is taken by nobody here: another service's event marks it.
    """

    after: frozenset[Step] = frozenset()
    wait: timedelta = timedelta()
    needed: bool = True
    told: bool = False


def _after(*steps: Step, wait: timedelta = timedelta(), needed: bool = True) -> Rule:
    return Rule(frozenset(steps), wait, needed)


#: A tenant becomes active without its issuer and its invitation: both go on by themselves.
RULES: Mapping[Direction, Mapping[Step, Rule]] = {
    Direction.OPENING: {
        Step.ORGANIZATION: Rule(),
        Step.ACCOUNT: Rule(),
        Step.MEMBERSHIP: _after(Step.ORGANIZATION, Step.ACCOUNT),
        Step.ROLES: _after(Step.ACCOUNT),
        Step.INVITATION: _after(Step.MEMBERSHIP, Step.ROLES, needed=False),
        Step.KAFKA_RIGHTS: Rule(),
        Step.QUOTAS: Rule(),
        Step.PROBE: _after(Step.ORGANIZATION),
        Step.ISSUER: Rule(needed=False, told=True),
    },
    # Without rights an open session ends at once; a session of a deleted user would read on.
    # The organization stays as long as its administrator may fetch what is the tenant's.
    Direction.CLOSING: {
        Step.KAFKA_RIGHTS: Rule(),
        Step.KAFKA_USER: _after(Step.KAFKA_RIGHTS),
        Step.SCIM_TOKENS: Rule(),
        Step.MACHINE_CLIENTS: Rule(),
        Step.IDENTITY_PROVIDER: Rule(),
        Step.ORGANIZATION: _after(
            Step.MACHINE_CLIENTS, Step.IDENTITY_PROVIDER, wait=EXPORT_PERIOD, needed=False
        ),
        Step.TOPIC: _after(Step.KAFKA_USER, wait=EXPORT_PERIOD, needed=False),
    },
}
#: Only who has no account of its own is given one, and told so.
FOR_NO_ACCOUNT = frozenset({Step.ACCOUNT, Step.INVITATION})


class State(StrEnum):
    """How far a step is. failed is tried again by itself; cancelled never."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Progress:
    """What became of one step. `due_at` is when a worker may take it; a lease moves it ahead."""

    state: State = State.WAITING
    attempts: int = 0
    error: str | None = None
    started_at: datetime | None = None
    done_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in {State.DONE, State.CANCELLED}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a step that has ended: at what time, and with which error if it failed.

    What another service did has the number 0.
    """

    step: Step
    number: int
    ended_at: datetime
    error: str | None = None


@dataclass(slots=True)
class Process:
    """A tenant's steps in one direction. `ended` are attempts that ended since it was loaded."""

    tenant_id: UUID
    direction: Direction
    steps: dict[Step, Progress] = field(default_factory=dict)
    ended: list[Attempt] = field(default_factory=list)

    @classmethod
    def opening(cls, tenant_id: UUID, now: datetime, *, has_account: bool = True) -> Self:
        """The way in. Who has an account already needs no other, and no invitation."""
        steps = RULES[Direction.OPENING].keys() - (FOR_NO_ACCOUNT if has_account else ())
        return cls._begin(tenant_id, Direction.OPENING, steps, now)

    @classmethod
    def closing(cls, tenant_id: UUID, now: datetime) -> Self:
        """The way out."""
        return cls._begin(tenant_id, Direction.CLOSING, RULES[Direction.CLOSING], now)

    @classmethod
    def _begin(
        cls, tenant_id: UUID, direction: Direction, steps: Iterable[Step], now: datetime
    ) -> Self:
        planned = set(steps)
        process = cls(tenant_id, direction, {step: Progress() for step in Step if step in planned})
        process._release(now)
        return process

    @property
    def is_complete(self) -> bool:
        """Whether everything that the end depends on is done."""
        rules = RULES[self.direction]
        return all(
            progress.state is State.DONE
            for step, progress in self.steps.items()
            if rules[step].needed
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return all(progress.is_over for progress in self.steps.values())

    def claim(self, now: datetime, lease: timedelta = LEASE) -> list[Step]:
        """The steps that are due, kept from other workers meanwhile; should one die, for the lease only."""
        due = [
            step
            for step, progress in self.steps.items()
            if progress.due_at and progress.due_at <= now
        ]
        for step in due:
            progress = self.steps[step]
            progress.state = State.RUNNING
            progress.attempts += 1
            progress.started_at = progress.started_at or now
            progress.due_at = now + lease
        return due

    def finish(self, step: Step, now: datetime) -> None:
        """A step is done, whoever did it; those that waited for it become due. Repeating it changes nothing."""
        progress = self.steps.get(step)
        if progress is None or progress.is_over:
            return
        progress.state = State.DONE
        progress.started_at = progress.started_at or now
        progress.done_at, progress.due_at, progress.error = now, None, None
        self.ended.append(Attempt(step, progress.attempts, now))
        self._release(now)

    def fail(self, step: Step, reason: str, now: datetime) -> None:
        """A step failed: try again, waiting twice as long each time. What is over stays as it is."""
        progress = self.steps[step]
        if not progress.is_over:
            progress.state, progress.error = State.FAILED, reason
            progress.due_at = now + wait_after(progress.attempts)
            self.ended.append(Attempt(step, progress.attempts, now, reason))

    def retry(self, step: Step, now: datetime) -> None:
        """Try a failed step again at once instead of after its pause. Raises StepNotFailedError."""
        progress = self.steps.get(step)
        if progress is None or progress.state is not State.FAILED:
            raise StepNotFailedError(step, progress.state if progress else "not part of it")
        progress.due_at = now

    def repeat(self, step: Step, now: datetime) -> None:
        """Do a step again that was done, because its effect has passed."""
        if step in self.steps:
            self.steps[step] = Progress(due_at=now)

    def cancel(self) -> None:
        """Nobody takes what is left."""
        for progress in self.steps.values():
            if not progress.is_over:
                progress.state, progress.due_at = State.CANCELLED, None

    def _release(self, now: datetime) -> None:
        """Make due what waits for nothing any more."""
        for step, progress in self.steps.items():
            rule = RULES[self.direction][step]
            waits = progress.state is State.WAITING and progress.due_at is None and not rule.told
            if waits and all(self._is_done(other) for other in rule.after):
                progress.due_at = now + rule.wait

    def _is_done(self, step: Step) -> bool:
        return step not in self.steps or self.steps[step].state is State.DONE


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, _DOUBLINGS)), LONGEST_WAIT)
