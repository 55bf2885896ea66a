"""Where a story lacks an event that has to follow, and why it may not have come."""

from dataclasses import dataclass
from datetime import datetime

from services.console.domain.health import Health
from services.console.domain.story import Step


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that a service could not handle: it waits for its next try, waits behind another, or was given up."""

    service: str
    event_id: str | None
    type: str | None
    subject: str | None
    state: str
    error: str
    attempts: int
    since: datetime
    due_at: datetime | None
    letter_id: int | None
    group_id: str | None


@dataclass(frozen=True, slots=True)
class Gap:
    """One of `types` has to come from `by` after `step`, and is overdue from `due_at` on.

    What is known of why it has not come: `is_told` says whether that service answered at all, `failure` what it
    could not handle, `handled_at` that it did handle the step, `health` how it is now.
    """

    step: Step
    types: tuple[str, ...]
    by: str
    due_at: datetime
    health: Health
    is_told: bool = True
    failure: Failure | None = None
    handled_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have come by now."""
        return self.due_at < now
