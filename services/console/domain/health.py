"""Health is work done, not a process alive: the conditions, and which of several is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Self

from services.console.domain.reasons import Why


class Condition(IntEnum):
    """How something is; of several the highest is told."""

    OK = 0
    PROGRESSING = 1
    PAUSED = 2
    DEGRADED = 3
    UNKNOWN = 4
    STALLED = 5
    DOWN = 6

    @property
    def word(self) -> str:
        """Its name as pages and tests use it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Health:
    """A condition, why and since when, and for whom.

    `until` is the deadline of what progresses, and only of that. `tenants` are the ids that are known;
    `tenants_hit` is how many are hit at least. `waiting` is how many events wait for it.
    """

    condition: Condition
    why: Why | None = None
    since: datetime | None = None
    until: datetime | None = None
    tenants: tuple[str, ...] = ()
    tenants_hit: int = 0
    waiting: int = 0
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if (self.condition is Condition.PROGRESSING) != (self.until is not None):
            raise ValueError("what progresses has a deadline, and nothing else has")
        if (self.condition is Condition.OK) != (self.why is None):
            raise ValueError("what is not ok has a reason")

    @classmethod
    def progressing(
        cls, why: Why, *, since: datetime, until: datetime, at: datetime, **values: object
    ) -> Self:
        """On its way until a deadline; past it, degraded."""
        if at > until:
            return cls(Condition.DEGRADED, why, since, values=values)
        return cls(Condition.PROGRESSING, why, since, until, values=values)

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look."""
        return self.condition is Condition.OK


WELL = Health(Condition.OK)


def worst(found: Iterable[Health]) -> Health:
    """The health that is told of several: the worst condition; of equals the first found."""
    return max(found, key=lambda each: each.condition, default=WELL)
