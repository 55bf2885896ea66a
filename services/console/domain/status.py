"""What a service says of itself (`/v1/operations/status` and `/waiting`), as far as the console needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Times:
    """How many were done, and within how many seconds half and all but a hundredth of them were."""

    number: int = 0
    p50: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What a process did in its last so many seconds."""

    seconds: int
    events: Times
    requests: Times
    failed_requests: int
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a service: its state is running, stopped (as it was asked to) or gone."""

    name: str
    kind: str
    state: str
    version: str
    commit: str
    started_at: datetime
    seen_at: datetime
    is_ready: bool
    checks: Mapping[str, str]
    lag: Mapping[str, int]
    windows: tuple[Window, ...] = ()

    def window(self, seconds: int) -> Window | None:
        """What it did in its last so many seconds."""
        return next((each for each in self.windows if each.seconds == seconds), None)

    def counted(self, counter: str) -> int:
        """What a counter counted in the shortest window."""
        shortest = min(self.windows, key=lambda each: each.seconds, default=None)
        return shortest.counters.get(counter, 0) if shortest else 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """Events that the service has not sent yet."""

    events: int = 0
    oldest_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """Keys whose events wait because one failed; with `more` perhaps not all are counted."""

    keys: int = 0
    records: int = 0
    oldest_since: datetime | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Events given up that nobody has settled, and how many tenants they hit; with `more` perhaps not all are counted."""

    letters: int = 0
    tenants: int = 0
    oldest_at: datetime | None = None
    newest_at: datetime | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, and since when it does not, if so."""

    name: str
    checked_at: datetime
    broken_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventsOfType:
    """When an event of a type took effect last, and how long they took from their time to their effect."""

    type: str
    finished_at: datetime
    last_10_s: Times
    last_60_s: Times


@dataclass(frozen=True, slots=True)
class Status:
    """A service at a moment of its own clock; every time in it is of that clock."""

    service: str
    at: datetime
    processes: tuple[Process, ...]
    lag: Mapping[str, int]
    backlog: Backlog
    parked: Parked
    dead_letters: DeadLetters
    open_repairs: int
    invariants: tuple[Invariant, ...]
    events: tuple[EventsOfType, ...] = field(default=())

    def of_kind(self, kind: str, state: str = "running") -> tuple[Process, ...]:
        """Its processes of a kind in a state."""
        return tuple(each for each in self.processes if (each.kind, each.state) == (kind, state))

    @property
    def records_behind(self) -> int:
        """Records on the topics that its workers have yet to handle."""
        return sum(self.lag.values())

    @property
    def finished_at(self) -> datetime | None:
        """When anything took effect last."""
        return max((each.finished_at for each in self.events), default=None)

    @property
    def broken(self) -> tuple[Invariant, ...]:
        """The invariants that do not hold."""
        return tuple(each for each in self.invariants if each.broken_since)

    def silence(self, process: Process) -> timedelta:
        """How long a process has said nothing."""
        return self.at - process.seen_at


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records of a topic that wait for a service, since when, and of which tenants the first of them are."""

    topic: str
    records: int
    oldest_at: datetime | None = None
    tenants: tuple[str, ...] = ()
