"""A late comer who takes the state and the changes after it knows what one knows who followed from the start."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.feed.domain.public_types import PUBLIC
from services.feed.domain.selection import EVERY_TYPE
from services.feed.domain.state import ENDING, ERASING, Parts, Thing, fold, shown
from services.feed.domain.subscription import Selection

DAY = date(2026, 11, 21)
ALL = Selection(frozenset({EVERY_TYPE}))

#: Fields by type; `later` came with an additive change, so older events lack it.
TYPES: Mapping[str, tuple[str, ...]] = {
    "person.registered.v1": ("person_id", "roles"),
    "person.left.v1": ("person_id", "left_on"),
    "person.erased.v1": ("person_id",),
    "booking.requested.v1": ("booking_id", "person_id"),
    "booking.confirmed.v1": ("booking_id", "offer_id"),
    "booking.cancelled.v1": ("booking_id", "reason"),
}


def event(
    type_: str, subject: str, sequence: int, data: Mapping[str, Any], source: str = "/catalogue"
) -> dict[str, Any]:
    return {
        "id": f"{source}:{subject}:{sequence}",
        "type": type_,
        "source": source,
        "subject": subject,
        "sequence": f"{sequence:020d}",
        "time": "2026-11-21T10:00:00+00:00",
        "view": "own",
        "data": data,
    }


@st.composite
def histories(draw: st.DrawFn) -> Sequence[dict[str, Any]]:
    """Things of two services, whose ids may be the same; from some moment on, events have one more field."""
    length = draw(st.integers(0, 40))
    grown_from = draw(st.integers(0, 40))
    sequences: dict[Thing, int] = {}
    events = []
    for number in range(length):
        source = draw(st.sampled_from(["/member", "/catalogue"]))
        subject = draw(st.sampled_from(["a", "b", "c"]))
        type_ = draw(st.sampled_from(sorted(TYPES)))
        fields = (*TYPES[type_], "later") if number >= grown_from else TYPES[type_]
        data = {name: draw(st.integers(0, 9)) for name in fields}
        sequences[source, subject] = sequence = sequences.get((source, subject), 0) + 1
        events.append(event(type_, subject, sequence, data, source))
    return events


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """Whoever wants to hear of people hears of their erasure."""
    if draw(st.booleans()):
        return ALL
    types = draw(st.frozensets(st.sampled_from(sorted(TYPES)))) | ERASING
    fields = {
        type_: sorted(draw(st.frozensets(st.sampled_from(TYPES[type_]))))
        for type_ in sorted(types)
        if draw(st.booleans())
    }
    return Selection(types, fields)


class Follower:
    """A subscriber that keeps what is so, as docs/feed.md says: it knows doubles by their sequence."""

    def __init__(self, snapshot: Sequence[Mapping[str, Any]] = ()) -> None:
        self.things = {(each["source"], each["subject"]): dict(each) for each in snapshot}

    def follow(self, events: Sequence[Mapping[str, Any]], selection: Selection) -> None:
        for each in events:
            if not selection.includes(each["type"]):
                continue
            thing = each["source"], each["subject"]
            if each["type"] in ERASING:
                self.things.pop(thing, None)
                continue
            before = self.things.get(thing, {"data": {}})
            seen = {name: each[name] for name in ("source", "subject", "type", "sequence")}
            data = {**before["data"], **selection.shown(each["type"], each["data"])}
            self.things[thing] = seen | {
                "time": each["time"],
                "view": each["view"],
                "data": data,
            }


def kept(events: Sequence[dict[str, Any]], cuts: Sequence[int]) -> dict[Thing, Parts]:
    """The state, kept as the database does: folded in pieces, parts replaced by type."""
    state: dict[Thing, Parts] = {}
    bounds = [0, *sorted(cut for cut in cuts if cut < len(events)), len(events)]
    for start, end in pairwise(bounds):
        for thing, change in fold((DAY, each) for each in events[start:end]).items():
            if change.is_erased:
                state.pop(thing, None)
            if change.parts:
                state[thing] = {**state.get(thing, {}), **change.parts}
    return state


@given(histories(), selections(), st.integers(0, 40), st.lists(st.integers(0, 40), max_size=5))
def test_a_late_comer_ends_with_the_same(
    events: Sequence[dict[str, Any]], selection: Selection, joined: int, cuts: Sequence[int]
):
    state = kept(events[:joined], cuts)
    snapshot = [line for thing, parts in state.items() if (line := shown(thing, parts, selection))]
    late, early = Follower(snapshot), Follower()

    late.follow(events[joined:], selection)
    early.follow(events, selection)

    assert late.things == early.things


def test_a_type_that_is_not_wanted_shows_nothing_of_itself():
    events = [
        event("booking.requested.v1", "b", 1, {"booking_id": "b", "person_id": "p"}),
        event("booking.confirmed.v1", "b", 2, {"booking_id": "b", "offer_id": "o"}),
    ]
    state = kept(events, [])
    confirmed = Selection(frozenset({"booking.confirmed.v1"}))

    line = shown(("/catalogue", "b"), state["/catalogue", "b"], confirmed)

    assert line is not None and line["data"] == {"booking_id": "b", "offer_id": "o"}
    assert shown(("/catalogue", "b"), state["/catalogue", "b"], Selection(ERASING)) is None


def test_what_ended_has_its_day_until_it_goes_on():
    cancelled = event("booking.cancelled.v1", "b", 1, {"reason": "ill"})
    again = event("booking.confirmed.v1", "b", 2, {})

    assert fold([(DAY, cancelled)])["/catalogue", "b"].ended_on == DAY
    assert fold([(DAY, cancelled), (DAY, again)])["/catalogue", "b"].ended_on is None


def test_what_erases_and_ends_is_public():
    assert PUBLIC.keys() >= ERASING | ENDING
