"""What a release does, from what its service says of itself."""

from collections.abc import Sequence

from services.console.domain.status import Process, Status, Window
from services.console.domain.verdict import Sample

#: Of the windows that a process tells of, in seconds: the first to judge by, the other to compare with.
NOW, BEFORE = 10, 60
_FAILED = ("events_parked", "events_retried", "dead_letters")


def of_release(status: Status, release: str) -> Sample:
    """What the processes of one release did lately; one that is gone counts as not ready."""
    return _sample([each for each in status.processes if each.commit == release], NOW)


def of_all(status: Status) -> Sample:
    """What all processes did in the last minute."""
    return _sample(status.processes, BEFORE)


def _sample(processes: Sequence[Process], seconds: int) -> Sample:
    told = [each for each in processes if each.state != "stopped"]
    running = [each for each in told if each.state == "running"]
    windows = [window for each in running if (window := each.window(seconds))]
    times = [each.events.p99 for each in windows if each.events.p99 is not None]
    return Sample(
        processes=len(told),
        ready=sum(1 for each in running if each.is_ready),
        handled=sum(each.events.number + each.requests.number for each in windows),
        failed=sum(map(_failed, windows)),
        lag=sum(sum(each.lag.values()) for each in running),
        critical_time=max(times, default=None),
    )


def _failed(window: Window) -> int:
    return window.failed_requests + sum(window.counters.get(each, 0) for each in _FAILED)
