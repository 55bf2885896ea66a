"""Sending again what was in the log when somebody asked for it, and nothing that came later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ReplayStatus(StrEnum):
    """Whether there is something left."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: those for which all of it holds; None and empty stand for any."""

    types: frozenset[str] | None = None
    aggregate: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    #: Only those that were given up.
    failed: bool = False


@dataclass(slots=True)
class Replay:
    """A replay on its way from `position` to `up_to_position`, which was fixed when it was asked for."""

    replay_id: UUID
    subscription_id: UUID
    wanted: Wanted
    up_to_position: int
    count: int
    created_by: str
    created_at: datetime
    position: int = 0
    done: int = 0
    status: ReplayStatus = ReplayStatus.RUNNING

    def advance(self, positions: Sequence[int], *, is_last: bool) -> None:
        """These were sent, or wait with their aggregate; after the last ones it is done."""
        self.done += len(positions)
        self.position = max(positions, default=self.position)
        if is_last:
            self.status = ReplayStatus.DONE
