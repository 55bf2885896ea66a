"""What has to follow an event, within how long and by whom: declared by the service that publishes it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Expectation:
    """After an event of type `after` one of `types` comes from the service `by`, in the same story.

    With `given` only in a story that has an event of that type too.
    """

    after: str
    types: tuple[str, ...]
    by: str
    within: timedelta
    given: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing of what has to follow an event has come yet; it is overdue from `due_at` on."""

    event_id: str
    types: tuple[str, ...]
    by: str
    due_at: datetime


def of_event(expectations: Iterable[Expectation], event_type: str) -> list[Expectation]:
    """What has to follow an event of a type."""
    return [each for each in expectations if each.after == event_type]


def gaps(expectations: Sequence[Expectation], events: Sequence[Mapping[str, Any]]) -> list[Gap]:
    """What a whole story lacks: its events from every service, each with `id`, `type` and `time`."""
    told = {event["type"] for event in events}
    return [
        Gap(str(event["id"]), each.types, each.by, event["time"] + each.within)
        for event in events
        for each in of_event(expectations, event["type"])
        if (not each.given or each.given in told) and told.isdisjoint(each.types)
    ]
