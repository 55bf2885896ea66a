"""Words of services as the console hears them, for tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.console.domain.observation import Observation
from services.console.domain.status import (
    Backlog,
    DeadLetters,
    EventsOfType,
    Parked,
    Process,
    Status,
    Times,
    Waiting,
    Window,
)
from shared.clock import utc_now
from tests.console.conftest import World
from tests.console.fakes import NAMES

NOW = datetime(2026, 11, 22, 14, 3, 22, tzinfo=UTC)
SPEYER, WORMS = "5a1c…speyer", "77b2…worms"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def process(kind: str = "worker", **changes: Any) -> Process:
    checks = {"database": "ok", "broker": "ok", "tasks": "ok"}
    made = Process(
        name=f"{kind}@node:8203",
        kind=kind,
        state="running",
        version="1.4.0",
        commit="c0ffee",
        started_at=ago(3_600),
        seen_at=ago(1),
        is_ready=True,
        checks=checks if kind == "worker" else {"database": "ok"},
        lag={"catalogue-events": 0} if kind == "worker" else {},
        windows=(window(10), window(60)),
    )
    return replace(made, **changes)


def window(seconds: int, counters: Mapping[str, int] | None = None, failed: int = 0) -> Window:
    handled, answered = Times(20, 0.05, 0.2), Times(100, 0.01, 0.08)
    return Window(
        seconds, handled, answered, failed, {"outbox_relayed": 20} if counters is None else counters
    )


def status(service: str = "voucher", **changes: Any) -> Status:
    made = Status(
        service=service,
        at=NOW,
        processes=(process("api"), process("worker")),
        lag={"catalogue-events": 0},
        backlog=Backlog(),
        parked=Parked(),
        dead_letters=DeadLetters(),
        open_repairs=0,
        invariants=(),
        events=(events_of("booking.requested.v1", ago(1)),),
    )
    return replace(made, **changes)


def events_of(event_type: str, finished_at: datetime, p99: float = 0.2) -> EventsOfType:
    return EventsOfType(event_type, finished_at, Times(20, 0.05, p99), Times(120, 0.05, p99))


def observed(seen: Status | None = None, **changes: Any) -> Observation:
    seen = seen or status()
    return replace(Observation(seen.service, seen, NOW), **changes)


def waiting(records: int = 3, seconds: float = 8, tenants: tuple[str, ...] = (SPEYER,)) -> Waiting:
    return Waiting("catalogue-events", records, ago(seconds), tenants)


def lately(service: str, **changes: Any) -> Status:
    """A status of this moment, for a console with a real clock."""
    made = status(service, at=utc_now(), **changes)
    running = [
        replace(each, seen_at=made.at) if each.state == "running" else each
        for each in made.processes
    ]
    return replace(made, processes=tuple(running))


def tell(world: World, **changed: Status) -> None:
    board = world.app.state.board
    for name in NAMES:
        board.told(name, changed.get(name) or lately(name))
    for part in ("redis", "keycloak"):
        board.checked(part, "")
