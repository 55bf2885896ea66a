"""When an endpoint is left alone for a while, because most of what is sent to it fails."""

from dataclasses import dataclass
from datetime import timedelta

WINDOW = timedelta(minutes=5)
#: No more of the window's attempts are looked at than these, the newest.
MOST_ATTEMPTS = 200
_LEAST_ATTEMPTS = 10
_SHARE = 0.7

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_DOUBLINGS = 7


@dataclass(slots=True)
class Recent:
    """The attempts of the window."""

    attempts: int = 0
    failed: int = 0

    def count(self, *, success: bool) -> None:
        """One more."""
        self.attempts += 1
        self.failed += not success

    @property
    def is_too_much(self) -> bool:
        """Whether enough has failed to stop."""
        return self.attempts >= _LEAST_ATTEMPTS and self.failed >= _SHARE * self.attempts


def pause_before_probe(tripped: int) -> timedelta:
    """How long after the endpoint has been found unwell `tripped` times in a row; it doubles up to an hour."""
    doublings = min(tripped - 1, _MOST_DOUBLINGS)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
