"""`make story id=...`: what every service published with a correlation id, as one story, for an operator."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from deploy.demo.case import OPERATOR
from deploy.demo.client import Client, DemoError
from deploy.local.__main__ import ROOT
from deploy.local.layout import Layout
from deploy.local.ports import Ports
from deploy.names import SERVICES
from services.console.application.story_answers import Told, address, told
from services.console.domain.story import Event, ordered
from shared.clock import utc_now
from shared.expectations import missing

REQUEST_SECONDS: Final = 30.0
SHORT: Final = 8


def table(events: Sequence[Event]) -> Table:
    """The story, with the time between two steps; no wider than a terminal."""
    shown = Table(box=None, padding=(0, 1, 0, 0))
    for heading in ("UTC", "after", "service", "event", "subject", "state"):
        shown.add_column(heading, no_wrap=True, justify="right" if heading == "after" else "left")
    waits = ["", *(_wait(before, event) for before, event in pairwise(events))]
    for wait, event in zip(waits, events, strict=True):
        state, style = ("sent", "") if event.is_sent else ("pending", "yellow")
        time = f"{event.time:%m-%d %H:%M:%S}"
        subject = event.subject[:SHORT]
        shown.add_row(time, wait, event.service, event.type, subject, state, style=style)
    return shown


def lacks(story: Sequence[Told], now: datetime) -> list[str]:
    """What has to follow and has not come, each as a sentence."""
    awaited = [each for _, expected in story for each in expected]
    return [
        f"{'Overdue' if each.due_at < now else 'Awaited'}: {' or '.join(each.types)} "
        f"from {each.by}, by {each.due_at:%H:%M:%S} UTC"
        for each in missing([event.type for event, _ in story], awaited)
    ]


def failed(service: str, failure: Mapping[str, Any]) -> str:
    """What a service could not handle, as a sentence."""
    about = f"{service} could not handle {failure['type']}"
    if failure["state"] == "behind":
        return f"{service} holds {failure['type']} back behind an earlier event"
    again = f", tried again at {failure['due_at']}" if failure["due_at"] else ""
    letter = f", dead letter {failure['letter_id']}" if failure["letter_id"] else ""
    return f"{about} in {failure['attempts']} attempts: {failure['error']}{again}{letter}"


def _wait(before: Event, event: Event) -> str:
    seconds = (event.time - before.time).total_seconds()
    return f"{seconds * 1_000:.0f} ms" if abs(seconds) < 1 else f"{seconds:,.1f} s"


async def _ask(ports: Ports, correlation_id: str) -> tuple[list[Told], list[str]]:
    """What every service published, and what failed."""
    async with httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False) as http:
        operator = Client(http, ports, OPERATOR)

        async def asked(service: str) -> tuple[list[Any], list[Any]]:
            events = await operator.pages(service, address(correlation_id))
            failures = await operator.pages(
                service, "/v1/operations/failures", correlation_id=correlation_id
            )
            return events, failures

        answers = dict(zip(SERVICES, await asyncio.gather(*map(asked, SERVICES)), strict=True))
    story = [each for service, (events, _) in answers.items() for each in told(service, events)]
    return story, [
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
        story, failures = asyncio.run(_ask(Ports.load(ports), arguments[0]))
    except (DemoError, httpx.HTTPError) as error:
        console.print(f"The story stopped: {error}", style="red", highlight=False, markup=False)
        return 1
    events = ordered(event for event, _ in story)
    if not events and not failures:
        console.print("No service has published anything with that correlation id.")
        return 1
    console.print(table(events))
    for line in (*failures, *lacks(story, utc_now())):
        console.print(line, style="red", highlight=False, markup=False)
    for name, ids in (
        ("Tenant", (event.tenant_id for event in events)),
        ("Trace", (event.trace_id for event in events)),
    ):
        console.print(f"{name}: {', '.join(filter(None, dict.fromkeys(ids))) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
