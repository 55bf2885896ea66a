"""The platform at a moment as the page Now shows it: every service, process and shared part with its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.console.application.board import Board
from services.console.domain.headline import Headline
from services.console.domain.health import Health
from services.console.domain.parts_health import PARTS
from services.console.domain.service_health import KINDS, health_of_process
from services.console.domain.status import Process, Status, Window

#: Of which window rates are, and of which times; in seconds.
RATE_SECONDS, TIMES_SECONDS = 10, 60


@dataclass(frozen=True, slots=True)
class Work:
    """What processes did: a second, and how long events took from their time to their effect, in s."""

    events: float = 0.0
    requests: float = 0.0
    failed: float = 0.0
    p50: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One replica."""

    service: str
    process: Process
    health: Health
    work: Work


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service; without a status nothing of its figures is known."""

    name: str
    health: Health
    status: Status | None
    work: Work
    versions: tuple[str, ...] = ()
    waiting: int = 0
    waiting_since: datetime | None = None
    processes: tuple[ProcessRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it."""

    headline: Headline
    services: tuple[ServiceRow, ...]
    parts: tuple[tuple[str, Health], ...]


def overview(board: Board) -> Overview:
    """What the board knows now."""
    return Overview(
        board.headline(),
        tuple(_service(board, name) for name in board.services),
        tuple((name, board.part(name)) for name in PARTS),
    )


def _service(board: Board, name: str) -> ServiceRow:
    health, status, seen = board.health(name), board.status(name), board.observation(name)
    if status is None:
        return ServiceRow(name, health, None, Work())
    running = [each for kind in KINDS for each in status.of_kind(kind)]
    return ServiceRow(
        name,
        health,
        status,
        work_of(running),
        tuple(sorted({each.version for each in running})),
        status.records_behind if seen.waiting is None else seen.records_waiting,
        seen.oldest_waiting or seen.behind_since,
        tuple(
            ProcessRow(name, each, health_of_process(status, each), work_of([each]))
            for each in sorted(status.processes, key=lambda each: (each.kind, each.name))
        ),
    )


def work_of(processes: Sequence[Process]) -> Work:
    """What processes did together; of their times the slowest."""
    lately = [window for each in processes if (window := each.window(RATE_SECONDS))]
    longer = [window for each in processes if (window := each.window(TIMES_SECONDS))]
    return Work(
        events=sum(each.events.number for each in lately) / RATE_SECONDS,
        requests=sum(each.requests.number for each in lately) / RATE_SECONDS,
        failed=sum(each.failed_requests for each in lately) / RATE_SECONDS,
        p50=_slowest(longer, "p50"),
        p99=_slowest(longer, "p99"),
    )


def _slowest(windows: Sequence[Window], name: str) -> float | None:
    times = [getattr(each.events, name) for each in windows]
    return max((each for each in times if each is not None), default=None)
