"""Levels, evidence and gaps; mandatory training; the rules that a tenant agreed."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.domain.competence import (
    Assessment,
    Source,
    Standing,
    TargetProfile,
    best_evidence,
    standings,
)
from services.member.domain.learning_errors import (
    InvalidAssessmentError,
    InvalidRulesError,
    InvalidTargetError,
    LeaderNotAgreedError,
)
from services.member.domain.learning_rules import LearningRules, WorksAgreement
from services.member.domain.mandatory_training import MandatoryTraining
from services.member.domain.record import Completion
from tests.member.builders import NOW
from tests.member.learning import COMPETENCE, TENANT, assessment, measured

DAY = timedelta(days=1)

levels = st.decimals(1, 8, places=2)
times = st.integers(-1000, 0).map(lambda days: NOW + days * DAY)
assessments = st.one_of(
    st.builds(
        lambda level, at, source: assessment(level, assessed_at=at, source=source),
        levels,
        times,
        st.sampled_from([Source.SELF, Source.LEADER]),
    ),
    st.builds(
        lambda level, at, sem: measured(level, sem, at),
        levels.map(str),
        times,
        st.decimals(0, 2, places=2).map(str),
    ),
)


def target(**requirements: str) -> TargetProfile:
    wanted = {UUID(each): Decimal(level) for each, level in requirements.items()}
    return TargetProfile(TENANT, uuid4(), 1, wanted, NOW, "hr")


def wants(level: Decimal | str) -> TargetProfile:
    return target(**{str(COMPETENCE): str(level)})


def test_a_precise_measurement_outweighs_a_leader_and_a_leader_oneself():
    said = assessment("8", assessed_at=NOW)
    led = assessment("5", source=Source.LEADER, assessed_at=NOW - 300 * DAY)
    played = measured("3.25", "0.45", NOW - 600 * DAY)
    vague = measured("7", "0.51", NOW)
    assert best_evidence([said, led, played, vague]) == played
    assert best_evidence([said, led, vague]) == led
    assert best_evidence([said, vague]) == said
    assert best_evidence([vague]) is None


@given(st.lists(assessments, min_size=1), st.randoms())
def test_the_newest_of_the_weightiest_counts_in_whatever_order(made, random):
    shuffled = random.sample(made, len(made))
    best = best_evidence(made)
    assert best == best_evidence(shuffled)
    if best is None:
        assert all(each.instrument for each in made)
        return
    for other in made:
        if other.is_evidence and other.source is best.source:
            assert other.assessed_at <= best.assessed_at
    ranks = [list(Source).index(each.source) for each in made if each.is_evidence]
    assert list(Source).index(best.source) == min(ranks)


@given(levels, st.lists(assessments))
def test_a_gap_is_what_is_missing_and_never_negative(wanted, made):
    [standing] = standings(wants(wanted), made)
    best = best_evidence(made)
    if best is None:
        assert standing.gap_levels is None
    else:
        gap = standing.gap_levels
        assert gap is not None
        assert 0 <= gap <= 7
        assert best.level + gap == max(wanted, best.level)


@given(st.lists(st.tuples(levels, levels), max_size=20))
def test_the_widest_gap_comes_first_and_what_is_unknown_last(pairs):
    ids = [uuid4() for _ in range(len(pairs) + 2)]
    wanted = {str(each): str(level) for each, (level, _) in zip(ids, pairs, strict=False)}
    made = [
        assessment(level, competence_id=each) for each, (_, level) in zip(ids, pairs, strict=False)
    ]
    made.append(assessment(competence_id=ids[-1]))
    found = standings(target(**wanted, **{str(ids[-2]): "4"}), made)
    assert {each.competence_id for each in found} == set(ids)
    gaps = [each.gap_levels for each in found]
    assert gaps[-2:] == [None, None]
    known = [gap for gap in gaps if gap is not None]
    assert known == sorted(known, reverse=True)
    assert gaps[: len(known)] == known


def test_without_a_target_there_is_no_gap():
    assert Standing(COMPETENCE, None, assessment()).gap_levels is None
    [standing] = standings(None, [assessment()])
    assert standing.gap_levels is None


@pytest.mark.parametrize("level", ["0.99", "8.01", "3.333", "NaN"])
def test_levels_that_no_scale_has(level):
    with pytest.raises((InvalidAssessmentError, ArithmeticError)):
        assessment(level)
    with pytest.raises((InvalidTargetError, ArithmeticError)):
        wants(level)


def test_only_a_measurement_has_an_instrument_and_nothing_is_of_the_future():
    with pytest.raises(InvalidAssessmentError, match="instrument"):
        assessment(source=Source.MEASUREMENT)
    with pytest.raises(InvalidAssessmentError, match="past"):
        assessment(assessed_at=NOW + DAY, recorded_at=NOW)


def test_a_changed_target_is_the_next_version():
    first = wants("3").after(None)
    assert (first.version, wants("4").after(first).version) == (1, 2)


def training(**changes):
    return MandatoryTraining(TENANT, uuid4(), "Datenschutz", NOW, **changes)


def test_a_training_is_passed_by_its_offer_or_by_its_name():
    offer_id = uuid4()
    by_offer, by_name = training(offer_id=offer_id), training()
    other = Completion(NOW, "Etwas anderes", offer_id)
    same_name = Completion(NOW, " datenschutz ")
    assert by_offer.is_passed([other], NOW)
    assert not by_offer.is_passed([same_name], NOW)
    assert by_name.is_passed([other, same_name], NOW)
    assert not by_name.is_passed([other], NOW)


@given(st.lists(st.integers(0, 2_000), max_size=5), st.integers(1, 1_000))
def test_what_has_to_be_renewed_counts_for_its_days(days_ago, valid_days):
    completions = [Completion(NOW - days * DAY, "Datenschutz") for days in days_ago]
    passed = training(valid_days=valid_days).is_passed(completions, NOW)
    assert passed is any(days < valid_days for days in days_ago)
    assert training().is_passed(completions, NOW) is bool(days_ago)


def test_leaders_assess_only_by_a_works_agreement_that_is_in_force():
    agreement = WorksAgreement.of("DV 7/2026", date(2026, 11, 21))
    LearningRules(TENANT, agreement).require_leader_agreement(NOW)
    for rules in (LearningRules(TENANT), LearningRules(TENANT, agreement)):
        with pytest.raises(LeaderNotAgreedError):
            rules.require_leader_agreement(NOW - DAY)
    for parts in (("DV", None), (None, date(2026, 1, 1))):
        with pytest.raises(InvalidRulesError):
            WorksAgreement.of(*parts)
    assert WorksAgreement.of(None, None) is None


@pytest.mark.parametrize("days", [29, 3_651])
def test_periods_have_bounds(days):
    with pytest.raises(InvalidRulesError):
        LearningRules(TENANT, keep_days=days)


def test_an_assessment_is_what_it_was():
    with pytest.raises(AttributeError):
        assessment().level = Decimal(8)  # type: ignore[misc]  # that it cannot be is the point
    assert Assessment.__dataclass_params__.frozen  # type: ignore[attr-defined]  # of dataclasses
