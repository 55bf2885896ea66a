"""A replay as its service tells of it: a topic read again, counted first, done when a second person confirms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.console.domain.decisions import Decision, refused_as_second, refused_to_act
from services.console.domain.operator import Operator
from services.console.domain.wording import msg

PREVIEWED: Final = "previewed"
_BEING_COUNTED: Final = msg("The service is still counting what it would read. Wait a moment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Of the `would_read` events `would_copy` have an effect; `events` is how many of those it has handled."""

    id: int
    topic: str
    since: datetime | None
    from_offset: int | None
    state: str
    would_read: int | None
    would_copy: int | None
    events: int
    reason: str
    asked_by: str
    asked_at: datetime
    confirmed_by: str | None

    def decisions(self, operator: Operator) -> tuple[Decision, ...]:
        """What can be decided where it stands, and by whom."""
        if self.state in {"asked", "counting"}:
            confirming = cancelling = _BEING_COUNTED
        elif self.state == PREVIEWED:
            confirming = refused_as_second(operator, self.asked_by)
            cancelling = refused_to_act(operator)
        else:
            return ()
        return (
            Decision("confirmation", msg("Confirm"), confirming),
            Decision("cancellation", msg("Cancel"), cancelling),
        )
