"""The figures of a run, printed and kept as JSON."""

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.chaos.evidence import Evidence
from tests.chaos.invariants import CHECKS
from tests.chaos.killing import Death
from tests.chaos.load import Outcome
from tests.chaos.plan import KINDS
from tests.chaos.run import Run

FOLDER = Path("var/chaos")
SHOWN = 5
PRINTED = (
    *("kills_by_component", "ended_by_themselves", "bookings_by_end", "vouchers"),
    *("events_by_topic", "redeliveries", "answers", "seconds"),
)


def figures(run: Run) -> dict[str, Any]:
    """Everything worth keeping."""
    evidence = run.evidence
    return {
        "seed": run.plan.seed,
        "kills": len(run.deaths),
        "kills_by_component": dict(Counter(death.kill.component for death in run.deaths)),
        "ended_by_themselves": run.ended_by_themselves,
        "recovery_seconds": _recoveries(run.deaths, evidence.outcomes),
        "bookings_by_end": dict(Counter(booking.status for booking in evidence.bookings)),
        "vouchers": {"limit": evidence.limit, **evidence.pool},
        "events_by_topic": dict(Counter(each.topic for each in _distinct(evidence))),
        "redeliveries": _redeliveries(run),
        "answers": dict(sorted(run.answers.items())),
        "seconds": {name: round(value, 1) for name, value in run.seconds.items()},
        "kill_by_kill": [_told(death, evidence.outcomes) for death in run.deaths],
        "invariants": list(CHECKS),
        "violations": run.violations,
    }


def _distinct(evidence: Evidence) -> list[Any]:
    return list({(each.topic, each.event_id): each for each in evidence.records}.values())


def _redeliveries(run: Run) -> dict[str, int]:
    """Events that came to a topic again, and those that came to a consumer again and were known."""
    on_topics = len(run.evidence.records) - len(_distinct(run.evidence))
    return {"on topics": on_topics, "seen by consumers": run.watch.redeliveries}


def _recoveries(
    deaths: Sequence[Death], outcomes: Sequence[Outcome]
) -> dict[str, dict[str, float | None]]:
    """By kind: until the component was ready, and until a booking made after the kill had its answer."""
    rows = {}
    for kind in KINDS:
        mine = [death for death in deaths if death.kill.kind == kind]
        ready = [death.ready_after for death in mine if death.ready_after is not None]
        booked = [each for death in mine if (each := _until_booked(death, outcomes)) is not None]
        rows[kind] = {
            "kills": len(mine),
            "ready p50": _median(ready),
            "ready max": _max(ready),
            "booked p50": _median(booked),
            "booked max": _max(booked),
        }
    return rows


def _told(death: Death, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    booked = _until_booked(death, outcomes)
    return {
        "number": death.kill.number,
        "after_visits": death.kill.after,
        "component": death.kill.component,
        "ready": death.ready_after and round(death.ready_after, 2),
        "booked": booked and round(booked, 2),
    }


def _until_booked(death: Death, outcomes: Sequence[Outcome]) -> float | None:
    later = (each for each in outcomes if each.requested_at >= death.at and each.answered_at)
    return min((each.answered_at - death.at for each in later if each.answered_at), default=None)


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 2) if values else None


def _max(values: Sequence[float]) -> float | None:
    return round(max(values), 2) if values else None


def publish(run: Run, console: Console) -> int:
    """Print the figures, keep them in var/chaos/SEED.json; 0 if every invariant holds."""
    found = figures(run)
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{run.plan.seed}.json"
    file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    console.print(_table(found["recovery_seconds"]))
    for name in PRINTED:
        console.print(f"{_title(name)}: {_words(found[name])}", highlight=False)
    for check, words in run.violations.items():
        console.print(f"Violated: {check} ({len(words)})", style="red")
        for each in words[:SHOWN]:
            console.print(f"  {each}", highlight=False, markup=False)
    return _verdict(run, console, file)


def _verdict(run: Run, console: Console, file: Path) -> int:
    if run.violations:
        console.print(f"Play it again: make chaos seed={run.plan.seed}. All of it: {file}.")
        return 1
    words = f"{len(CHECKS)} invariants hold after {len(run.deaths)} kills"
    console.print(f"{words}, seed {run.plan.seed}. All of it: {file}.", style="green")
    return 0


def _table(rows: dict[str, dict[str, float | None]]) -> Table:
    table = Table(title="Seconds from a kill to recovery", box=None, padding=(0, 2, 0, 0))
    table.add_column("killed")
    for heading in next(iter(rows.values())):
        table.add_column(heading, justify="right")
    for kind, row in rows.items():
        table.add_row(kind, *("-" if value is None else str(value) for value in row.values()))
    return table


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _words(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
