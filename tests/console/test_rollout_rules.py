"""What moves a rollout on, what brings it back, and what never does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.domain.release import Plan
from services.console.domain.rollout import ENDS, Migrating, Phase, RolloutError, Seen
from services.console.domain.rollout_book import Book
from services.console.domain.rollout_by_hand import accept, confirm, go_on, pause, roll_back
from services.console.domain.rollout_way import advance
from services.console.domain.sentence import Sentence
from services.console.domain.verdict import Sample
from tests.console.rollouts import (
    CONTRACT,
    FAILING,
    GOOD,
    NOW,
    RULES,
    THIN,
    TO_SOAK,
    begun,
    driven,
    measured,
    wish,
)

LATER = NOW + timedelta(minutes=30)


def test_a_good_release_goes_all_the_way() -> None:
    done = driven(begun(), *TO_SOAK, *measured(*[GOOD] * 6))
    assert done.phase is Phase.DONE
    assert [turn.phase for turn in done.turns] == [
        Phase.PREFLIGHT,
        Phase.MIGRATE,
        Phase.SURGE,
        Phase.SOAK,
        Phase.DONE,
    ]
    assert (done.baseline, len(done.measurements)) == (GOOD, 6)


def test_three_bad_measurements_in_a_row_roll_back_and_two_do_not() -> None:
    soaking = driven(begun(), *TO_SOAK)
    assert driven(soaking, *measured(FAILING, FAILING, GOOD, FAILING)).phase is Phase.SOAK
    back = driven(soaking, *measured(FAILING, FAILING, FAILING))
    assert (back.phase, back.aim) == (Phase.ROLLING_BACK, "a")
    assert str(back.says) == "20.0 % fail; before it were 0.2 %."
    gone = driven(back, Seen(in_place=True))
    assert (gone.phase, gone.says) == (Phase.ROLLED_BACK, back.says)


@pytest.mark.parametrize("sample", [None, THIN])
def test_without_measurements_it_is_paused(sample: Sample | None) -> None:
    paused = driven(begun(), *TO_SOAK, *measured(GOOD, sample, sample, sample))
    assert (paused.phase, paused.resumes) == (Phase.PAUSED, Phase.SOAK)


def test_what_is_now_bad_and_now_not_to_be_told_ends_in_a_pause() -> None:
    paused = driven(begun(), *TO_SOAK, *measured(*[FAILING, None] * 6))
    assert paused.phase is Phase.PAUSED
    assert "does not come to a good end" in str(paused.says)


def test_what_does_not_become_ready_in_time_goes_back() -> None:
    surging = driven(begun(), *TO_SOAK[:2])
    late = advance(surging, Seen(), surging.since + RULES.readiness + timedelta(seconds=1), RULES)
    assert late.phase is Phase.ROLLING_BACK


def test_a_failed_migration_goes_back_where_there_is_a_way() -> None:
    failed = driven(begun(), Seen(sample=GOOD), Seen(migration=Migrating.FAILED))
    assert failed.phase is Phase.ROLLING_BACK


def test_behind_the_point_of_no_return_it_stops_instead_of_going_back() -> None:
    waiting = begun(plan=CONTRACT)
    assert driven(waiting, Seen(sample=GOOD)).phase is Phase.PREFLIGHT
    confirmed = confirm(waiting, "otto", "subject-otto", is_approver=True, now=NOW)
    assert confirmed.why_no_way_back() is None
    soaking = driven(confirmed, *TO_SOAK)
    stopped = driven(soaking, *measured(FAILING, FAILING, FAILING))
    assert stopped.phase is Phase.PAUSED
    assert "no way back" in str(stopped.says)
    with pytest.raises(RolloutError, match="no way back"):
        roll_back(stopped, "olga", "It fails", LATER)


def test_an_obstacle_ends_it_before_anything_is_done() -> None:
    refused = driven(begun(), Seen(obstacle=Sentence("Not there.")))
    assert refused.phase is Phase.REFUSED


def test_only_a_second_person_who_is_an_approver_confirms() -> None:
    waiting = begun(plan=Plan(is_known=False))
    for subject, is_approver in (("subject-olga", True), ("subject-otto", False)):
        with pytest.raises(RolloutError, match="somebody else"):
            confirm(waiting, "otto", subject, is_approver=is_approver, now=NOW)
    late = advance(waiting, Seen(), NOW + RULES.approval + timedelta(seconds=1), RULES)
    assert late.phase is Phase.REFUSED


def test_a_paused_rollout_goes_on_from_the_beginning_of_its_phase_or_is_accepted() -> None:
    paused = driven(begun(), *TO_SOAK, *measured(None, None, None))
    again = go_on(paused, "olga", "There are requests now", LATER)
    assert (again.phase, again.measurements, again.since) == (Phase.SOAK, (), LATER)
    assert accept(paused, "olga", "It is night", LATER).phase is Phase.DONE
    with pytest.raises(RolloutError):
        accept(pause(driven(begun(), *TO_SOAK[:2]), "olga", "Wait", LATER), "olga", "Go", LATER)


def test_a_new_version_restarts_the_soak_and_keeps_the_way_back() -> None:
    soaking = driven(begun(), *TO_SOAK, *measured(GOOD))
    book = Book(current=soaking).begin(replace(wish("c"), rollout_id="r2", before="b"), LATER)
    assert book.current is not None
    assert (book.current.before, book.current.after) == ("a", "c")
    assert (book.current.phase, book.current.measurements) == (Phase.PREFLIGHT, ())
    assert book.past[0].phase is Phase.REPLACED
    with pytest.raises(RolloutError, match="already"):
        book.begin(wish("c"), LATER)


def test_a_rejected_release_is_remembered_and_needs_two_people() -> None:
    back = driven(begun(), *TO_SOAK, *measured(FAILING, FAILING, FAILING), Seen(in_place=True))
    book = Book(current=back).moved(back)
    again = book.begin(replace(wish("b"), rollout_id="r2"), LATER).current
    assert again is not None
    assert again.waits_for_second_person
    assert "rejected before: 20.0 % fail" in str(again.second_person_for)
    done = driven(
        confirm(again, "otto", "subject-otto", is_approver=True, now=LATER),
        *TO_SOAK,
        *measured(*[GOOD] * 6),
    )
    assert book.moved(done).rejection("b") is None


def test_what_is_done_can_still_be_rolled_back_by_hand() -> None:
    done = driven(begun(), *TO_SOAK, *measured(*[GOOD] * 6))
    back = roll_back(done, "olga", "People complain", LATER)
    assert (back.phase, back.aim, back.turns[-1].by) == (Phase.ROLLING_BACK, "a", "olga")
    withdrawn = roll_back(begun(), "olga", "Not today", LATER)
    assert withdrawn.phase is Phase.REFUSED


def test_nothing_replaces_what_is_being_rolled_back() -> None:
    back = driven(begun(), *TO_SOAK, *measured(FAILING, FAILING, FAILING))
    with pytest.raises(RolloutError, match="being rolled back"):
        Book(current=back).begin(wish("c"), LATER)


samples = st.one_of(
    st.none(),
    st.builds(
        Sample,
        processes=st.integers(0, 3),
        ready=st.integers(0, 3),
        handled=st.integers(0, 1_000),
        failed=st.integers(0, 1_000),
        lag=st.integers(0, 10_000),
        critical_time=st.one_of(st.none(), st.floats(0, 60)),
    ),
)
looks = st.builds(
    Seen,
    obstacle=st.one_of(st.none(), st.none(), st.just(Sentence("No."))),
    migration=st.sampled_from(Migrating),
    in_place=st.booleans(),
    sample=samples,
)
unmeasured = st.builds(Seen, sample=st.sampled_from([None, THIN, GOOD]))


@given(st.lists(looks, max_size=60), st.integers(1, 600))
def test_whatever_is_seen_a_rollout_goes_only_where_it_may(seen: list[Seen], every: int) -> None:
    rollout = begun()
    for look in seen:
        moved = driven(rollout, look, every=every)
        if rollout.phase in ENDS:
            assert moved == rollout
        if moved.phase is Phase.DONE:
            assert rollout.phase in {Phase.SOAK, Phase.DONE}
        if moved.phase is Phase.ROLLED_BACK:
            assert rollout.phase in {Phase.ROLLING_BACK, Phase.ROLLED_BACK}
        assert (moved.resumes is not None) == (moved.phase is Phase.PAUSED)
        rollout = moved


@given(st.lists(unmeasured, max_size=40))
def test_for_want_of_data_nothing_is_ever_rolled_back(seen: list[Seen]) -> None:
    assert driven(driven(begun(), *TO_SOAK), *seen).phase in {
        Phase.SOAK,
        Phase.PAUSED,
        Phase.DONE,
    }


@given(st.lists(looks, min_size=100, max_size=100))
def test_no_rollout_progresses_for_ever(seen: list[Seen]) -> None:
    """Every phase ends by its deadline: an hour later it has ended, or waits for people."""
    soaking = driven(begun(), *TO_SOAK)
    assert driven(soaking, *seen, every=36).phase in {*ENDS, Phase.PAUSED}
