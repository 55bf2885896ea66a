"""What waits for an endpoint by aggregate: an event that failed, and what came after it."""

from bisect import insort
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from services.feed.domain.attempt import Result
from services.feed.domain.schedule import pause_after


@dataclass(slots=True)
class FailingKey:
    """The positions of an aggregate that wait, the one to be sent next first; `attempts` are that one's."""

    aggregate: str
    positions: list[int]
    next_attempt_at: datetime
    since: datetime
    attempts: int = 0
    #: Whether it has to be saved.
    is_changed: bool = field(default=False, compare=False)
    _known: set[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._known = set(self.positions)

    @classmethod
    def begin(cls, aggregate: str, position: int, now: datetime) -> Self:
        """Nothing waited until now; this does."""
        return cls(aggregate, [position], now, now, is_changed=True)

    @property
    def head(self) -> int:
        """The position that is sent next."""
        return self.positions[0]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits any more."""
        return not self.positions

    def hold(self, position: int) -> None:
        """Let one more wait, in the order of the log but never before the one that is being retried."""
        if position not in self._known:
            self.is_changed = True
            self._known.add(position)
            insort(self.positions, position, lo=min(1, len(self.positions)))

    def delivered(self, now: datetime) -> None:
        """The head has arrived: the next one may be sent at once."""
        self._next(now)

    def failed(self, result: Result, now: datetime, chance: float) -> bool:
        """The head has failed once more. Returns whether it was the last time; then the next one's turn begins."""
        self.is_changed = True
        self.attempts += 1
        pause = pause_after(self.attempts, result, chance)
        if pause is None:
            self._next(now)
            return True
        self.next_attempt_at = now + pause
        return False

    def drop_before(self, oldest: int, now: datetime) -> None:
        """What the log no longer keeps cannot be sent."""
        while self.positions and self.head < oldest:
            self._next(now)
        kept = [each for each in self.positions if each >= oldest]
        self.is_changed |= len(kept) < len(self.positions)
        self.positions = kept

    def _next(self, now: datetime) -> None:
        self.is_changed = True
        self._known.discard(self.positions.pop(0))
        self.attempts, self.next_attempt_at = 0, now
