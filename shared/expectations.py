"""What has to follow an event, within how long and by whom: declared by the service that publishes it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Expectation:
    """After an event of type `after` one of `types` comes from the service `by`, in the same story.

    With `given` only in a story that has an event of that type too.
    """

    after: str
    types: tuple[str, ...]
    by: str
    within: timedelta
    given: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to follow one event; it is overdue from `due_at` on."""

    types: tuple[str, ...]
    by: str
    due_at: datetime
    given: str | None = None


def expected(
    expectations: Iterable[Expectation], event_type: str, time: datetime
) -> list[Expected]:
    """What has to follow an event of that type and time."""
    return [
        Expected(each.types, each.by, time + each.within, each.given)
        for each in expectations
        if each.after == event_type
    ]


def missing(told: Collection[str], all_expected: Iterable[Expected]) -> list[Expected]:
    """What a story lacks whose events, of every service, have the types `told`.

    The order of time is not asked: clocks differ, and what was expected may have come before.
    """
    types = set(told)
    return [
        each
        for each in all_expected
        if types.isdisjoint(each.types) and (each.given is None or each.given in types)
    ]
