"""A seed gives the same run again."""

from collections import Counter

from tests.chaos.plan import KINDS, TOWNS, Plan, Script


def _plan(seed: int) -> Plan:
    return Plan.draw(seed, visits=400, kills=50, visits_per_second=5.0)


def test_a_seed_gives_the_same_visits_and_kills() -> None:
    assert _plan(7) == _plan(7)
    assert _plan(7).kills != _plan(8).kills
    assert _plan(7).visits != _plan(8).visits


def test_every_kind_is_killed_at_many_moments() -> None:
    kills = _plan(7).kills
    assert {kill.kind for kill in kills[:5]} == set(KINDS)
    assert min(Counter(kill.kind for kill in kills).values()) >= 5
    assert {kill.component for kill in kills} == {each for kind in KINDS.values() for each in kind}
    assert len({kill.after for kill in kills}) > 40
    assert sum(len(_plan(7).kills_after(number)) for number in range(401)) == 50


def test_visitors_want_different_things_and_more_than_there_is() -> None:
    plan = _plan(7)
    assert {visit.script for visit in plan.visits} == set(Script)
    assert {visit.town for visit in plan.visits} == {*range(TOWNS), TOWNS}
    assert 0 < plan.vouchers < len(plan.visits)
