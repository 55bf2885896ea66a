"""One story: events of several services in the order in which one led to the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Event:
    """An event that a service published. `sequence` counts the events of what it is about."""

    service: str
    id: str
    type: str
    topic: str
    subject: str
    tenant_id: str
    sequence: int
    time: datetime
    causation_id: str | None
    traceparent: str | None
    is_sent: bool

    @property
    def trace_id(self) -> str:
        """The trace that it is told in (W3C Trace Context); empty without one."""
        return (self.traceparent or "").partition("-")[2].partition("-")[0]


@dataclass(frozen=True, slots=True)
class Step:
    """An event in its place, counted from 1; `cause` is the number of the event that led to it, if the story has it.

    `depth` is how many events led to it, one to the other.
    """

    number: int
    event: Event
    cause: int | None
    depth: int


def steps(events: Iterable[Event]) -> list[Step]:
    """The events in order, each with what led to it."""
    found: dict[str, Step] = {}
    for number, event in enumerate(ordered(events), 1):
        cause = found.get(event.causation_id or "")
        depth = cause.depth + 1 if cause else 0
        found[event.id] = Step(number, event, cause.number if cause else None, depth)
    return list(found.values())


def ordered(events: Iterable[Event]) -> list[Event]:
    """What was caused comes after its cause, and the events about one thing by their sequence.

    Time decides only between events of which neither came from the other, as the clocks of two machines differ;
    events of one moment stay as they are given.
    """
    by_id = {event.id: event for event in events}
    rank = {id_: (event.time, n) for n, (id_, event) in enumerate(by_id.items())}
    after: dict[str, list[str]] = {id_: [] for id_ in by_id}
    awaited = dict.fromkeys(by_id, 0)
    for first, then in _pairs(by_id):
        after[first].append(then)
        awaited[then] += 1
    free = [(rank[id_], id_) for id_, number in awaited.items() if not number]
    heapify(free)
    placed: dict[str, Event] = {}
    while len(placed) < len(by_id):
        # Causes in a circle are a forger's doing: the earliest of them is as good a beginning as any.
        id_ = heappop(free)[1] if free else min(by_id.keys() - placed, key=rank.__getitem__)
        if id_ in placed:
            continue
        placed[id_] = by_id[id_]
        for then in after[id_]:
            awaited[then] -= 1
            if not awaited[then]:
                heappush(free, (rank[then], then))
    return list(placed.values())


def _pairs(by_id: Mapping[str, Event]) -> Iterable[tuple[str, str]]:
    """Ids of which the first comes before the second."""
    about: dict[tuple[str, ...], list[Event]] = {}
    for event in by_id.values():
        if event.causation_id and event.causation_id in by_id:
            yield event.causation_id, event.id
        thing = (event.service, event.topic, event.tenant_id, event.subject)
        about.setdefault(thing, []).append(event)
    for same in about.values():
        for first, then in pairwise(sorted(same, key=lambda each: each.sequence)):
            if first.sequence < then.sequence:
                yield first.id, then.id
