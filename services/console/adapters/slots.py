"""The two places for processes of a role on one machine, and the next step towards a release in them.

The first has the role's known port, the other one a port of its own. A release shows in the second that it
becomes ready; only then the first is started anew with it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """What is to be done next."""

    RUN_FIRST = "run_first"
    RUN_SECOND = "run_second"
    STOP_SECOND = "stop_second"
    WAIT = "wait"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place: which release is set for it, and whether a process runs and is ready."""

    release: str
    is_up: bool
    is_ready: bool

    def runs(self, release: str) -> bool:
        """Whether a process of this release runs in it."""
        return self.is_up and self.release == release


def next_step(first: Slot, second: Slot, wanted: int, release: str) -> Step:
    """Towards `wanted` processes (one or two), all of this release."""
    if not first.runs(release):
        return _towards_first(first, second, release)
    if not first.is_ready:
        return Step.WAIT
    if wanted == 1:
        return Step.STOP_SECOND if second.is_up else Step.NOTHING
    if not second.runs(release):
        return Step.RUN_SECOND
    return Step.NOTHING if second.is_ready else Step.WAIT


def _towards_first(first: Slot, second: Slot, release: str) -> Step:
    """What runs in the first goes on until the second has shown that the release becomes ready."""
    if not first.is_up:
        return Step.RUN_FIRST
    if not second.runs(release):
        return Step.RUN_SECOND
    return Step.RUN_FIRST if second.is_ready else Step.WAIT
