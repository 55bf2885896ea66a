"""Two places for a role's processes: whatever runs there, the release asked for comes to run alone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.console.adapters.slots import Slot, Step, next_step

slots = st.builds(Slot, st.sampled_from("ab"), st.booleans(), st.booleans()).map(
    lambda slot: replace(slot, is_ready=slot.is_up and slot.is_ready)
)


@given(slots, slots, st.sampled_from([1, 2]))
def test_it_ends_with_the_release_alone_and_never_stops_what_works_too_early(
    first: Slot, second: Slot, wanted: int
) -> None:
    for _ in range(10):
        step = next_step(first, second, wanted, "b")
        old_worked = first.is_ready and first.release == "a"
        match step:
            case Step.RUN_FIRST:
                assert not old_worked or (second.runs("b") and second.is_ready)
                first = Slot("b", is_up=True, is_ready=False)
            case Step.RUN_SECOND:
                second = Slot("b", is_up=True, is_ready=False)
            case Step.STOP_SECOND:
                assert first.runs("b") and first.is_ready
                second = replace(second, is_up=False, is_ready=False)
            case Step.WAIT:
                first = replace(first, is_ready=first.is_up)
                second = replace(second, is_ready=second.is_up)
            case Step.NOTHING:
                break
    assert step is Step.NOTHING
    assert first == Slot("b", is_up=True, is_ready=True)
    assert second.is_up == (wanted == 2)


def test_what_never_becomes_ready_replaces_nothing() -> None:
    old, new = Slot("a", is_up=True, is_ready=True), Slot("b", is_up=True, is_ready=False)
    assert next_step(old, new, 1, "b") is Step.WAIT
    assert next_step(old, new, 1, "a") is Step.STOP_SECOND
