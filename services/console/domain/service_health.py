"""How a service is, from what was observed of it: each rule tells one thing, the worst is told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.console.domain import reasons
from services.console.domain.health import Condition, Health, worst
from services.console.domain.observation import Failing, Failure, Observation
from services.console.domain.status import Process, Status

#: A worker beats every 2 s; who has said nothing for so long may be gone, and is after GONE.
SILENT, GONE = timedelta(seconds=3), timedelta(seconds=5)
#: With records waiting and nothing finished for so long, work stands still.
STILL = timedelta(seconds=5)
#: So long a service may fail to answer before it is down: one lost answer is none.
UNANSWERED = timedelta(seconds=3)
START = timedelta(seconds=60)
PARKED = timedelta(seconds=60)
SLOW_SECONDS = 30.0
BEHIND = timedelta(seconds=30)
FAILED_SHARE, FAILED_REQUESTS = 0.05, 5
KINDS = ("api", "worker")


def needs_waiting(seen: Observation) -> bool:
    """Whether to ask the broker what waits: no worker speaks, or nothing is finished while records wait."""
    status = seen.status
    if status is None:
        return False
    return not _speaking(status) or _idle(seen, status) >= SILENT


def health_of(seen: Observation, now: datetime) -> Health:
    """How a service is now, by the console's clock."""
    failed = _failed(seen, seen.failure, now) if seen.failure else None
    if failed:
        return failed
    if seen.status is None:
        return Health(Condition.UNKNOWN, reasons.NOT_ASKED_YET, values={"name": seen.service})
    if seen.is_stale(now):
        values = {"name": seen.service}
        return Health(Condition.UNKNOWN, reasons.STALE, seen.observed_at, values=values)
    return worst(_findings(seen, seen.status))


def health_of_process(status: Status, process: Process) -> Health:
    """How one process is, from its own words."""
    found = [*_of_process(status, process)]
    if process.state == "running" and status.silence(process) >= SILENT:
        found.append(_silent(status, process))
    return worst(found)


def _failed(seen: Observation, failure: Failure, now: datetime) -> Health | None:
    service = {"service": seen.service}
    match failure.how:
        case Failing.SILENT if now - failure.since < UNANSWERED:
            return None
        case Failing.SILENT:
            return Health(Condition.DOWN, reasons.SERVICE_SILENT, failure.since, values=service)
        case Failing.NO_DATABASE:
            return Health(Condition.DOWN, reasons.NO_DATABASE, failure.since, values=service)
        case Failing.STRANGE:
            return Health(Condition.UNKNOWN, reasons.SERVICE_STRANGE, failure.since, values=service)
        case Failing.REFUSED:
            return Health(Condition.UNKNOWN, reasons.SERVICE_REFUSES, failure.since, values=service)


def _findings(seen: Observation, status: Status) -> Iterator[Health]:
    yield from _workers(seen, status)
    yield from _standing_still(seen, status)
    yield from _sending(status)
    yield from _broken(status)
    yield from _given_up(status)
    yield from _replicas(status)
    yield from _speed(status)
    yield from _requests(status)


def _workers(seen: Observation, status: Status) -> Iterator[Health]:
    """Whether anybody works at all."""
    if status.of_kind("worker"):
        return
    last = max(
        (each for each in status.processes if each.kind == "worker"),
        key=lambda each: each.seen_at,
        default=None,
    )
    if last is None:
        values = {"service": status.service}
        yield Health(Condition.DOWN, reasons.NO_WORKER_EVER, values=values)
    elif last.state == "stopped":
        # A restart takes a moment; after it, what waits stands still, whoever stopped the worker.
        is_left = seen.records_waiting and status.silence(last) >= SILENT
        condition = Condition.STALLED if is_left else Condition.PAUSED
        yield _for_whom(seen, condition, reasons.STOPPED, last.seen_at)
    else:
        yield _for_whom(seen, Condition.DOWN, reasons.WORKER_GONE, last.seen_at)


def _standing_still(seen: Observation, status: Status) -> Iterator[Health]:
    """Records wait at the broker, and nothing is finished."""
    running = status.of_kind("worker")
    if not running:
        return
    if not _speaking(status) and all(_reaches_broker(each) for each in running):
        last = max(each.seen_at for each in running)
        if seen.records_waiting:
            yield _for_whom(seen, Condition.STALLED, reasons.GONE_SILENT, last)
        else:
            yield _silent(status, max(running, key=lambda each: each.seen_at))
    elif seen.records_waiting and _idle(seen, status) >= STILL:
        since = max(filter(None, (seen.oldest_waiting, status.finished_at)), default=status.at)
        yield _for_whom(seen, Condition.STALLED, reasons.STANDS_STILL, since)


def _silent(status: Status, process: Process) -> Health:
    """Silent for so long that it may be gone; it is when it stays so."""
    return Health.progressing(
        reasons.GONE_SILENT,
        since=process.seen_at,
        until=process.seen_at + GONE,
        at=status.at,
        service=status.service,
        kind=process.kind,
    )


def _for_whom(seen: Observation, condition: Condition, why: reasons.Why, since: datetime) -> Health:
    tenants = seen.tenants_waiting
    return Health(
        condition,
        why,
        since,
        tenants=tenants,
        tenants_hit=len(tenants),
        waiting=seen.records_waiting,
        values={"service": seen.service, "kind": "worker"},
    )


def _speaking(status: Status) -> bool:
    return any(status.silence(each) < SILENT for each in status.of_kind("worker"))


def _reaches_broker(process: Process) -> bool:
    """A worker that cannot reach the broker beats more slowly, for it waits for an answer."""
    return process.checks.get("broker", "ok") == "ok"


def _idle(seen: Observation, status: Status) -> timedelta:
    """How long records have waited without anything being finished."""
    if seen.behind_since is None:
        return timedelta(0)
    since = max(filter(None, (seen.behind_since, status.finished_at)))
    return max(timedelta(0), status.at - since)


def _sending(status: Status) -> Iterator[Health]:
    """What the service tells others reaches them."""
    oldest, number = status.backlog.oldest_since, status.backlog.events
    if not number or oldest is None or not status.of_kind("worker"):
        return
    sent = sum(each.counted("outbox_relayed") for each in status.of_kind("worker"))
    values = {"service": status.service, "number": number}
    if not sent and status.at - oldest >= STILL:
        yield Health(Condition.STALLED, reasons.SENDS_NOTHING, oldest, values=values)
    elif status.at - oldest >= BEHIND:
        yield Health(Condition.DEGRADED, reasons.SENDS_SLOWLY, oldest, values=values)


def _broken(status: Status) -> Iterator[Health]:
    for each in status.broken:
        values = {"service": status.service, "invariant": each.name}
        yield Health(Condition.DEGRADED, reasons.INVARIANT_BROKEN, each.broken_since, values=values)


def _given_up(status: Status) -> Iterator[Health]:
    letters, parked = status.dead_letters, status.parked
    if letters.letters:
        yield Health(
            Condition.DEGRADED,
            reasons.DEAD_LETTERS,
            letters.oldest_at,
            tenants_hit=letters.tenants,
            values={"service": status.service, **_counted(letters.letters, more=letters.more)},
        )
    if parked.oldest_since and status.at - parked.oldest_since >= PARKED:
        values = {"service": status.service, **_counted(parked.records, more=parked.more)}
        yield Health(Condition.DEGRADED, reasons.PARKED, parked.oldest_since, values=values)


def _counted(number: int, *, more: bool) -> dict[str, int | str]:
    return {"number": number, "more": "+" if more else ""}


def _replicas(status: Status) -> Iterator[Health]:
    for kind in KINDS:
        running = status.of_kind(kind)
        for each in running:
            yield from _of_process(status, each)
        for lost in status.of_kind(kind, "gone"):
            if running and all(each.started_at < lost.seen_at for each in running):
                yield _gone(status, lost)


def _of_process(status: Status, process: Process) -> Iterator[Health]:
    values = {"service": status.service, "kind": process.kind, "process": process.name}
    if process.state == "gone":
        yield _gone(status, process, Condition.DOWN)
    elif process.state == "stopped":
        yield Health(Condition.PAUSED, reasons.STOPPED, process.seen_at, values=values)
    elif not process.is_ready and status.at - process.started_at <= START:
        yield Health.progressing(
            reasons.STARTING,
            since=process.started_at,
            until=process.started_at + START,
            at=status.at,
            **values,
        )
    elif not process.is_ready:
        bad = ", ".join(sorted(name for name, said in process.checks.items() if said != "ok"))
        values["checks"] = bad
        yield Health(Condition.DEGRADED, reasons.NOT_READY, values=values)


def _gone(status: Status, process: Process, condition: Condition = Condition.DEGRADED) -> Health:
    values = {"service": status.service, "process": process.name}
    return Health(condition, reasons.REPLICA_GONE, process.seen_at, values=values)


def _speed(status: Status) -> Iterator[Health]:
    slowest = max((each.last_60_s.p99 or 0.0 for each in status.events), default=0.0)
    if slowest >= SLOW_SECONDS:
        values = {"service": status.service, "seconds": round(slowest)}
        yield Health(Condition.DEGRADED, reasons.SLOW, values=values)


def _requests(status: Status) -> Iterator[Health]:
    shortest = [
        min(each.windows, key=lambda one: one.seconds)
        for each in status.of_kind("api")
        if each.windows
    ]
    failed = sum(each.failed_requests for each in shortest)
    number = sum(each.requests.number for each in shortest)
    if failed >= FAILED_REQUESTS and failed >= FAILED_SHARE * number:
        values = {"service": status.service, "failed": failed, "number": number}
        yield Health(Condition.DEGRADED, reasons.REQUESTS_FAIL, values=values)
