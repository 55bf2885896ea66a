"""What the console knows of a service: its last word, or why there is none. Times are the console's unless said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from services.console.domain.status import Status, Waiting

#: What was observed longer ago is not known any more.
STALE = timedelta(seconds=10)


class Failing(Enum):
    """Why a service did not tell how it is."""

    SILENT = auto()
    STRANGE = auto()
    REFUSED = auto()
    NO_DATABASE = auto()


@dataclass(frozen=True, slots=True)
class Failure:
    """It did not tell, and since when."""

    how: Failing
    since: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """The last status with its time, what waits at the broker if that was asked, and what went wrong since.

    `behind_since` is since when, by the service's clock, records wait without a break.
    """

    service: str
    status: Status | None = None
    observed_at: datetime | None = None
    waiting: tuple[Waiting, ...] | None = None
    failure: Failure | None = None
    behind_since: datetime | None = None

    def is_stale(self, now: datetime) -> bool:
        """Whether it says nothing of now."""
        return self.observed_at is None or now - self.observed_at > STALE

    @property
    def records_waiting(self) -> int:
        """What the broker said waits, if it was asked."""
        return sum(each.records for each in self.waiting or ())

    @property
    def oldest_waiting(self) -> datetime | None:
        """Since when the oldest of it waits."""
        return min((each.oldest_at for each in self.waiting or () if each.oldest_at), default=None)

    @property
    def tenants_waiting(self) -> tuple[str, ...]:
        """For whom."""
        return tuple(sorted({tenant for each in self.waiting or () for tenant in each.tenants}))


@dataclass(frozen=True, slots=True)
class Check:
    """What the console found itself of a part that all share; `error` is empty when it answered."""

    error: str
    since: datetime
    observed_at: datetime

    def is_stale(self, now: datetime) -> bool:
        """Whether it says nothing of now."""
        return now - self.observed_at > STALE


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the console knows at a moment."""

    services: Mapping[str, Observation]
    checks: Mapping[str, Check] = field(default_factory=dict)
