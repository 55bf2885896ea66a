"""How an approved tenant gets onto the platform: steps in a fixed order, each safe to repeat.

A step is taken outside any transaction and marked afterwards, so a crash repeats one step at most.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

LEASE = timedelta(seconds=30)
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
_DOUBLINGS = 10


class Step(StrEnum):
    """What has to be done, in this order. A new step goes where it belongs."""

    ORGANIZATION = "organization"
    MEMBERSHIP = "membership"
    ROLES = "roles"


@dataclass(slots=True)
class Onboarding:
    """How far a tenant has come. `due_at` is when a worker may go on; a lease moves it ahead."""

    done: list[Step] = field(default_factory=list)
    organization_id: str | None = None
    attempts: int = 0
    last_error: str | None = None
    due_at: datetime | None = None

    @property
    def next_step(self) -> Step | None:
        """The first step that is not done; None when all are."""
        return next((step for step in Step if step not in self.done), None)

    def start(self, now: datetime) -> None:
        """Let a worker begin."""
        self.due_at = now

    def is_due(self, now: datetime) -> bool:
        """Whether a worker may go on now."""
        return self.due_at is not None and self.due_at <= now

    def lease(self, now: datetime) -> None:
        """Keep other workers away while one is at it; should it die, they may go on after the lease."""
        self.due_at = now + LEASE

    def mark(self, step: Step) -> None:
        """A step is done; what went wrong before is over."""
        if step not in self.done:
            self.done.append(step)
        self.attempts = 0
        self.last_error = None

    def fail(self, reason: str, now: datetime) -> None:
        """A step failed: try again, waiting twice as long each time."""
        self.attempts += 1
        self.last_error = reason
        self.due_at = now + wait_after(self.attempts)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, _DOUBLINGS)), LONGEST_WAIT)
