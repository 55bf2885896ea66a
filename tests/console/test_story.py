"""A story's order: by what led to what, then by sequence; a clock that is wrong changes nothing of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.console.domain.story import Event, ordered, steps

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def event(id_: str, cause: str | None = None, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "service": "voucher",
        "type": f"{id_}.happened.v1",
        "topic": "voucher-events",
        "subject": id_,
        "tenant_id": "t",
        "sequence": 1,
        "time": NOON,
        "traceparent": None,
        "is_sent": True,
        **changes,
    }
    return Event(id=id_, causation_id=cause, **fields)


def order(*events: Event) -> str:
    return " ".join(each.id for each in ordered(events))


def test_a_cause_comes_first_whatever_the_clocks_say():
    early = NOON - timedelta(hours=1)
    assert order(event("reserved", "requested", time=early), event("requested")) == (
        "requested reserved"
    )


def test_events_about_one_thing_keep_their_sequence_whatever_the_clocks_say():
    second = event("b", subject="x", sequence=2, time=NOON - timedelta(hours=1))
    assert order(second, event("a", subject="x", sequence=1)) == "a b"


def test_what_did_not_come_from_each_other_goes_by_time():
    later = event("a", time=NOON + timedelta(seconds=1))
    assert order(later, event("b")) == "b a"


def test_events_of_one_moment_stay_as_they_are_told():
    assert order(event("c"), event("a"), event("b")) == "c a b"


def test_a_story_as_long_as_there_are_events_is_told():
    names = [str(n) for n in range(5_000)]
    told = [
        event(name, str(n - 1), time=NOON - timedelta(seconds=n)) for n, name in enumerate(names)
    ]
    assert [step.event.id for step in steps(reversed(told))] == names


def test_a_step_says_what_led_to_it_and_over_how_many():
    found = steps([event("c", "b"), event("a"), event("b", "a"), event("d", "not told")])
    told = [(step.event.id, step.number, step.cause, step.depth) for step in found]
    assert told == [("a", 1, None, 0), ("b", 2, 1, 1), ("c", 3, 2, 2), ("d", 4, None, 0)]


def test_a_circle_of_causes_ends():
    assert order(event("a", "b"), event("b", "a", time=NOON - timedelta(1))) == "b a"
    assert order(event("a", "a")) == "a"


def test_a_trace_is_the_second_field_of_its_context():
    assert event("a", traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01").trace_id == "ab" * 16
    assert event("a").trace_id == ""


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events that happened in order, told in any order, with clocks that are off by up to an hour."""
    made: list[Event] = []
    for number in range(draw(st.integers(1, 12))):
        cause = draw(st.one_of(st.none(), st.integers(0, number - 1))) if number else None
        subject = draw(st.sampled_from("xyz"))
        off = draw(st.integers(-3_600, 3_600))
        made.append(
            event(
                f"{number}",
                None if cause is None else f"{cause}",
                subject=subject,
                sequence=1 + sum(each.subject == subject for each in made),
                time=NOON + timedelta(seconds=number + off),
            )
        )
    return draw(st.permutations(made))


@given(histories())
def test_every_order_holds_for_every_history(history):
    found = steps(history)
    place = {step.event.id: step.number for step in found}
    assert sorted(place) == sorted(each.id for each in history)
    assert [step.number for step in found] == list(range(1, len(history) + 1))
    for step in found:
        if step.event.causation_id:
            assert step.cause == place[step.event.causation_id] < step.number
    for subject in "xyz":
        same = [step.event.sequence for step in found if step.event.subject == subject]
        assert same == sorted(same)
