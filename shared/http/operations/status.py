"""How a service is, for whoever looks every second."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import Viewer
from shared.database.engine import transaction
from shared.http.fields import View
from shared.http.problems import Problem
from shared.messaging.waiting import Topics
from shared.operations.processes import WINDOWS
from shared.operations.status import Status, Times, status, times

SHORT, LONG = WINDOWS


class TimesView(View):
    """How many, and within how many seconds half and all but a hundredth of them were done."""

    number: int
    p50: float | None
    p99: float | None


class WindowView(View):
    """What a process did in the last so many seconds; `failed_requests` were answered with 5xx."""

    seconds: int
    events: TimesView
    requests: TimesView
    failed_requests: int
    counters: Mapping[str, int]

    @classmethod
    def tell(cls, seconds: int, window: Mapping[str, Any]) -> Self:
        """As the process wrote it."""
        requests = window["requests"]
        failed = [bounds for answer, bounds in requests.items() if answer.startswith("5")]
        return cls(
            seconds=seconds,
            events=TimesView.of(times(window["events"].values())),
            requests=TimesView.of(times(requests.values())),
            failed_requests=times(failed).number,
            counters=window["counters"],
        )


class ProcessView(View):
    """A process: it runs, was stopped, or is gone: it has said nothing for 5 s."""

    name: str
    kind: Literal["api", "worker"]
    state: Literal["running", "stopped", "gone"]
    version: str
    commit: str
    started_at: datetime
    seen_at: datetime
    is_ready: bool
    checks: Mapping[str, str]
    lag: Mapping[str, int]
    windows: list[WindowView]

    @classmethod
    def tell(cls, row: Any) -> Self:
        """From a row of processes."""
        same = ("name", "kind", "state", "version", "commit", "started_at", "seen_at", "checks")
        is_well = all(said == "ok" for said in row.checks.values())
        return cls(
            **{name: getattr(row, name) for name in same},
            is_ready=row.state == "running" and is_well,
            lag=row.figures["lag"],
            windows=[
                WindowView.tell(int(seconds), window)
                for seconds, window in row.figures["windows"].items()
            ],
        )


class BacklogView(View):
    """Events that the relay has not sent yet; above 10,000 an estimate."""

    events: int
    oldest_since: datetime | None


class ParkedView(View):
    """Aggregates whose events wait because one failed, and all records that wait.

    With `more` there may be more: 2,000 records are looked at.
    """

    keys: int
    records: int
    more: bool
    oldest_since: datetime | None


class DeadLettersView(View):
    """Letters that nobody has settled, and how many tenants they hit.

    With `more` there may be more: 2,000 letters are looked at.
    """

    letters: int
    more: bool
    tenants: int
    oldest_at: datetime | None
    newest_at: datetime | None


class InvariantView(View):
    """What must hold: when it was checked last, and since when it does not hold, if so."""

    name: str
    checked_at: datetime
    broken_since: datetime | None


class EventsOfTypeView(View):
    """When an event of a type took effect last, and how many did lately, from its time to its effect."""

    type: str
    finished_at: datetime
    last_10_s: TimesView
    last_60_s: TimesView


class StatusView(View):
    """How the service is at a moment of its database's clock."""

    service: str
    at: datetime
    processes: list[ProcessView]
    lag: Mapping[str, int]
    backlog: BacklogView
    parked: ParkedView
    dead_letters: DeadLettersView
    open_repairs: int
    invariants: list[InvariantView]
    events: list[EventsOfTypeView]

    @classmethod
    def tell(cls, service: str, found: Status) -> Self:
        """From what was found."""
        waiting = found.waiting
        return cls(
            service=service,
            at=waiting.at,
            processes=[ProcessView.tell(row) for row in found.processes],
            lag=found.lag,
            backlog=BacklogView(events=found.backlog, oldest_since=waiting.pending_since),
            parked=ParkedView(
                keys=waiting.parked_keys,
                records=waiting.parked_records,
                more=found.more_records,
                oldest_since=waiting.parked_since,
            ),
            dead_letters=DeadLettersView(
                letters=waiting.letters,
                more=found.more_letters,
                tenants=waiting.tenants,
                oldest_at=waiting.dead_since,
                newest_at=waiting.dead_until,
            ),
            open_repairs=waiting.repairs,
            invariants=[InvariantView.of(row) for row in found.invariants],
            events=_events(found),
        )


class WaitingView(View):
    """Records of a topic that wait, since when, and of which tenants the first 1,000 of them are."""

    topic: str
    records: int
    oldest_at: datetime | None
    tenants: list[str]


def _events(found: Status) -> list[EventsOfTypeView]:
    short, long, none = found.events(SHORT), found.events(LONG), Times(0, None, None)
    return [
        EventsOfTypeView(
            type=event_type,
            finished_at=at,
            last_10_s=TimesView.of(short.get(event_type, none)),
            last_60_s=TimesView.of(long.get(event_type, none)),
        )
        for event_type, at in found.finished.items()
    ]


def add_status(router: APIRouter, engine: AsyncEngine, service: str) -> None:
    """The addresses of what a service says of itself, and of what waits for it."""

    @router.get("/status")
    async def get_status(_caller: Viewer) -> StatusView:
        """Processes, what waits, what fails, what holds: cheap enough to be asked every second."""
        async with transaction(engine) as connection:
            found = await status(connection)
        return StatusView.tell(service, found)

    @router.get("/waiting")
    async def get_waiting(_caller: Viewer, request: Request) -> list[WaitingView]:
        """What waits for this service on each topic, since when and for whom: also while none of its workers runs.

        It asks the broker, so ask when something stands still, not every second.
        """
        topics: Topics = request.app.state.topics
        try:
            return [WaitingView.of(each) for each in await topics.waiting()]
        except (KafkaError, TimeoutError):
            detail = (
                "Kafka does not answer right now: what waits there is not known. Try again shortly."
            )
            raise Problem(503, "broker_unreachable", detail, headers={"Retry-After": "5"}) from None
