"""What a process did lately, from the counts that its metrics keep anyway: the difference of two looks at them."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric

CRITICAL_TIME: Final = "event_critical_time_seconds"
REQUESTS: Final = "http_server_duration_seconds"
LAG: Final = "consumer_lag"
#: Asked by whoever watches the process: that is not its work.
WATCHING: Final = ("/health/", "/metrics", "/v1/operations/status")
#: Counters whose rate says how the work goes.
COUNTERS: Final = (
    "events_parked",
    "events_retried",
    "dead_letters",
    "outbox_relayed",
    "outbox_errors",
)

#: By metric and label: how many were at most so long, by the upper bound in seconds.
Counts = Mapping[str, Mapping[float, float]]


@dataclass(frozen=True, slots=True)
class Look:
    """What the metrics said at a moment, in seconds of a clock that never goes back."""

    at: float
    events: Counts
    requests: Counts
    counters: Mapping[str, float]
    lag: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Work:
    """What was done between two looks: events by type, requests by status, and what else was counted."""

    events: Counts
    requests: Counts
    counters: Mapping[str, int]


def look(at: float, metrics: Iterable[Metric] | None = None) -> Look:
    """Read the process's own metrics; without telemetry they say nothing."""
    found = {each.name: each for each in (REGISTRY.collect() if metrics is None else metrics)}
    lag = found[LAG].samples if LAG in found else ()
    return Look(
        at,
        _buckets(found.get(CRITICAL_TIME), "type"),
        _buckets(found.get(REQUESTS), "status"),
        {name: _total(found[name]) for name in COUNTERS if name in found},
        {sample.labels["topic"]: int(sample.value) for sample in lag},
    )


def _total(metric: Metric) -> float:
    return sum(each.value for each in metric.samples if each.name.endswith("_total"))


def _buckets(metric: Metric | None, label: str) -> Counts:
    counts: dict[str, dict[float, float]] = {}
    for sample in metric.samples if metric else ():
        is_work = not sample.labels.get("route", "").startswith(WATCHING)
        if sample.name.endswith("_bucket") and is_work:
            own = counts.setdefault(sample.labels[label], {})
            bound = float(sample.labels["le"])
            own[bound] = own.get(bound, 0) + sample.value
    return counts


class Recent:
    """Looks of the last minute, one each time it is asked."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._looks: deque[Look] = deque()

    def add(self, newest: Look) -> None:
        """Keep a look, and let go of what is older than needed."""
        self._looks.append(newest)
        while len(self._looks) > 2 and self._looks[1].at <= newest.at - self._seconds:
            self._looks.popleft()

    @property
    def newest(self) -> Look:
        """The last look."""
        return self._looks[-1]

    def since(self, seconds: float) -> Work:
        """What was done in about the last so many seconds."""
        newest = self.newest
        older = [each for each in self._looks if each.at <= newest.at - seconds]
        before = older[-1] if older else self._looks[0]
        return Work(
            difference(newest.events, before.events),
            difference(newest.requests, before.requests),
            {
                name: int(total - before.counters.get(name, 0))
                for name, total in newest.counters.items()
            },
        )

    def finished(self) -> Sequence[str]:
        """The types of which an event took effect since the look before."""
        if len(self._looks) < 2:
            return sorted(self.newest.events)
        return sorted(difference(self.newest.events, self._looks[-2].events))


def difference(newer: Counts, older: Counts) -> Counts:
    """What was counted between two looks; labels of which nothing was are left out."""
    found = {}
    for label, bounds in newer.items():
        before = older.get(label, {})
        counted = {bound: count - before.get(bound, 0) for bound, count in bounds.items()}
        if number(counted):
            found[label] = counted
    return found


def together(several: Iterable[Mapping[float, float]]) -> dict[float, float]:
    """Counts of several labels, or processes, as one."""
    total: dict[float, float] = {}
    for bounds in several:
        for bound, count in bounds.items():
            total[bound] = total.get(bound, 0) + count
    return total


def number(bounds: Mapping[float, float]) -> int:
    """How many were counted at all."""
    return int(max(bounds.values(), default=0))


def quantile(bounds: Mapping[float, float], share: float) -> float | None:
    """The time within which that share was done, in seconds: between two bounds as if evenly spread.

    Above the last finite bound it is that bound; None when nothing was counted.
    """
    wanted = share * number(bounds)
    if not wanted:
        return None
    low = below = 0.0
    for bound, count in sorted(bounds.items()):
        if count >= wanted:
            if bound == float("inf"):
                return low
            return low + (bound - low) * (wanted - below) / (count - below)
        low, below = bound, count
    return low
