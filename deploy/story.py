"""`make story id=...`: what every service published with a correlation id, as one story, for an operator."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.table import Table

from deploy.demo.case import OPERATOR
from deploy.demo.client import Client, DemoError
from deploy.local.__main__ import ROOT
from deploy.local.layout import Layout
from deploy.local.ports import Ports
from deploy.names import SERVICES
from shared.clock import utc_now
from shared.expectations import Expected, missing

REQUEST_SECONDS: Final = 30.0
SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class Step:
    """An event that a service published."""

    service: str
    id: str
    type: str
    subject: str
    tenant_id: str
    time: datetime
    causation_id: str | None
    traceparent: str | None
    state: str
    expects: tuple[Expected, ...] = ()

    @classmethod
    def of(cls, service: str, event: Mapping[str, Any]) -> "Step":
        """From what the service answered."""
        names = ("id", "type", "subject", "tenant_id", "causation_id", "traceparent", "state")
        time = datetime.fromisoformat(event["time"])
        expects = tuple(
            Expected(
                tuple(each["types"]),
                each["by"],
                datetime.fromisoformat(each["due_at"]),
                each["given"],
            )
            for each in event["expects"]
        )
        same = {name: event[name] for name in names}
        return cls(service=service, time=time, expects=expects, **same)

    @property
    def trace_id(self) -> str:
        """The trace that it is told in; empty without one."""
        return (self.traceparent or "").partition("-")[2].partition("-")[0]


def merge(by_service: Mapping[str, Sequence[Step]]) -> list[Step]:
    """By time; but what was caused comes after its cause, whatever the clocks of two services say.

    Each service's own order is kept among events of the same moment.
    """
    steps = sorted(
        (step for own in by_service.values() for step in own), key=lambda each: each.time
    )
    by_id = {step.id: step for step in steps}
    placed: dict[str, Step] = {}
    for step in steps:
        chain: dict[str, Step] = {}
        while step.id not in placed and step.id not in chain:
            chain[step.id] = step
            step = by_id.get(step.causation_id or "", step)  # noqa: PLW2901  # up to what caused it
        placed.update(reversed(chain.items()))
    return list(placed.values())


def table(steps: Sequence[Step]) -> Table:
    """The story, with the time between two steps; no wider than a terminal."""
    shown = Table(box=None, padding=(0, 1, 0, 0))
    for heading in ("UTC", "after", "service", "event", "subject", "state"):
        shown.add_column(heading, no_wrap=True, justify="right" if heading == "after" else "left")
    waits = ["", *(_wait(before, step) for before, step in pairwise(steps))]
    for wait, step in zip(waits, steps, strict=True):
        style = "yellow" if step.state == "pending" else ""
        time = f"{step.time:%m-%d %H:%M:%S}"
        subject = step.subject[:SHORT]
        shown.add_row(time, wait, step.service, step.type, subject, step.state, style=style)
    return shown


def address(correlation_id: str) -> str:
    """Where a service tells the story of an id, which may be any text."""
    return "/v1/operations/stories/" + quote(correlation_id, safe="").replace(".", "%2E")


def lacks(steps: Sequence[Step], now: datetime) -> list[str]:
    """What has to follow and has not come, each as a sentence."""
    awaited = [each for step in steps for each in step.expects]
    return [
        f"{'Overdue' if each.due_at < now else 'Awaited'}: {' or '.join(each.types)} "
        f"from {each.by}, by {each.due_at:%H:%M:%S} UTC"
        for each in missing([step.type for step in steps], awaited)
    ]


def failed(service: str, failure: Mapping[str, Any]) -> str:
    """What a service could not handle, as a sentence."""
    about = f"{service} could not handle {failure['type']}"
    if failure["state"] == "behind":
        return f"{service} holds {failure['type']} back behind an earlier event"
    again = f", tried again at {failure['due_at']}" if failure["due_at"] else ""
    letter = f", dead letter {failure['letter_id']}" if failure["letter_id"] else ""
    return f"{about} in {failure['attempts']} attempts: {failure['error']}{again}{letter}"


def _wait(before: Step, step: Step) -> str:
    seconds = (step.time - before.time).total_seconds()
    return f"{seconds * 1_000:.0f} ms" if abs(seconds) < 1 else f"{seconds:,.1f} s"


async def _ask(ports: Ports, correlation_id: str) -> tuple[dict[str, list[Step]], list[str]]:
    """The steps of each service, and what failed."""
    async with httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False) as http:
        operator = Client(http, ports, OPERATOR)

        async def told(service: str) -> tuple[list[Any], list[Any]]:
            events = await operator.pages(service, address(correlation_id))
            failures = await operator.pages(
                service, "/v1/operations/failures", correlation_id=correlation_id
            )
            return events, failures

        answers = dict(zip(SERVICES, await asyncio.gather(*map(told, SERVICES)), strict=True))
    steps = {
        service: [Step.of(service, event) for event in events]
        for service, (events, _) in answers.items()
    }
    return steps, [
        failed(service, failure)
        for service, (_, failures) in answers.items()
        for failure in failures
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the story; 0 if there is one."""
    console = Console()
    if len(arguments) != 1 or not arguments[0]:
        console.print("Say which: make story id=<correlation id>", style="red")
        return 2
    ports = Layout(ROOT).ports
    if not ports.exists():
        console.print("The platform has not been started here: make up", style="red")
        return 2
    try:
        by_service, failures = asyncio.run(_ask(Ports.load(ports), arguments[0]))
    except (DemoError, httpx.HTTPError) as error:
        console.print(f"The story stopped: {error}", style="red", highlight=False, markup=False)
        return 1
    steps = merge(by_service)
    if not steps and not failures:
        console.print("No service has published anything with that correlation id.")
        return 1
    console.print(table(steps))
    for line in (*failures, *lacks(steps, utc_now())):
        console.print(line, style="red", highlight=False, markup=False)
    for name, ids in (
        ("Tenant", (step.tenant_id for step in steps)),
        ("Trace", (step.trace_id for step in steps)),
    ):
        console.print(f"{name}: {', '.join(filter(None, dict.fromkeys(ids))) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
