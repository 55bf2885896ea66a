"""What is so now, as far as a tenant sees it: of each thing, the newest event of each type.

Whoever takes a subscription's view of it, and then the changes that follow, knows what one knows who
followed from the beginning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.feed.domain.subscription import Selection

#: After these nobody is to keep anything of the thing.
ERASING = frozenset({"person.erased.v1"})
#: After these nothing more happens to the thing; it leaves the state when its events leave the log.
ENDING = frozenset(
    {
        "agreement.ended.v1",
        "booking.cancelled.v1",
        "booking.declined.v1",
        "operator_access.ended.v1",
        "statement.issued.v1",
        "voucher.expired.v1",
        "voucher.refused.v1",
        "voucher.released.v1",
    }
)

#: What a thing is named by: who tells of it, and its id. The same id may be told of by two services.
Thing = tuple[str, str]
#: A CloudEvent, parsed.
Attributes = Mapping[str, Any]
#: Newest events by type, each with the attributes in PART.
Parts = Mapping[str, Attributes]

#: What is kept of an event beside its type, which names the part, and its source and subject, which name the thing.
PART = ("sequence", "time", "view", "data")


@dataclass(frozen=True, slots=True)
class Change:
    """What events make of a thing: parts that replace those of the same types, or its erasure."""

    parts: Parts
    is_erased: bool
    ended_on: date | None


def fold(events: Iterable[tuple[date, Attributes]]) -> Mapping[Thing, Change]:
    """What events of one log, in its order and with the day of each, make of the things that they tell of."""
    changes: dict[Thing, Change] = {}
    for day, event in events:
        thing, type_ = (event["source"], event["subject"]), event["type"]
        before = changes.get(thing)
        if type_ in ERASING:
            changes[thing] = Change({}, is_erased=True, ended_on=None)
            continue
        part = {name: event[name] for name in PART}
        changes[thing] = Change(
            parts={**(before.parts if before else {}), type_: part},
            is_erased=before is not None and before.is_erased,
            ended_on=day if type_ in ENDING else None,
        )
    return changes


def shown(thing: Thing, parts: Parts, selection: Selection) -> dict[str, Any] | None:
    """A thing as a subscription may see it; None if it may see nothing of it.

    The data of its events one over the other, later over earlier. Contracts only ever get more
    fields, so a type's newest event has all that its earlier ones had.
    """
    told = sorted(
        (part["sequence"], type_) for type_, part in parts.items() if selection.includes(type_)
    )
    if not told:
        return None
    data: dict[str, Any] = {}
    for _, type_ in told:
        data |= selection.shown(type_, parts[type_]["data"])
    newest = told[-1][1]
    source, subject = thing
    return {
        "source": source,
        "subject": subject,
        "type": newest,
        "sequence": parts[newest]["sequence"],
        "time": parts[newest]["time"],
        "view": parts[newest]["view"],
        "data": data,
    }
