"""How long a programme lasts: a straight line through the last whole days, and how far it may be off."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voucher.domain.forecast import Usage, Verdict, forecast

NOW = datetime(2027, 2, 20, 12, tzinfo=UTC)
TODAY = NOW.date()


def days(*net: int) -> dict[date, int]:
    """By day, the last one yesterday's."""
    return {TODAY - timedelta(days=len(net) - n): each for n, each in enumerate(net)}


def usage(**changes: Any) -> Usage:
    fields: dict[str, Any] = {
        "opens_at": NOW - timedelta(days=60),
        "closes_at": NOW + timedelta(days=90),
        "is_closed": False,
        "available": 200,
        "net": days(*[10] * 14),
        **changes,
    }
    return Usage(**fields)


def test_what_is_taken_evenly_runs_out_on_one_day():
    found = forecast(usage(), NOW)
    assert (found.verdict, found.a_day, found.off) == (Verdict.RUNS_OUT, 10, 0)
    assert found.on == found.earliest == found.latest == date(2027, 3, 12)


def test_what_is_taken_unevenly_runs_out_between_two_days():
    found = forecast(usage(net=days(*[0, 20] * 7)), NOW)
    assert found.a_day == 10
    assert found.earliest is not None
    assert found.latest is not None
    assert found.earliest < date(2027, 3, 12) < found.latest


def test_what_lasts_says_how_much_is_left():
    found = forecast(usage(closes_at=NOW + timedelta(days=15)), NOW)
    assert (found.verdict, found.left, found.earliest) == (Verdict.LASTS, 50, None)


def test_what_lasts_by_the_line_may_run_out_all_the_same():
    ends = datetime(2027, 3, 11, 12, tzinfo=UTC)
    found = forecast(usage(closes_at=ends, net=days(*[0, 20] * 7)), NOW)
    assert found.verdict is Verdict.LASTS
    assert found.earliest is not None
    assert found.earliest < ends.date()
    assert found.latest is None


def test_today_is_not_over_and_older_days_are_past():
    with_today = {**days(*[10] * 14), TODAY: 500, TODAY - timedelta(days=15): 500}
    assert forecast(usage(net=with_today), NOW) == forecast(usage(), NOW)


def test_days_on_which_nothing_moved_count():
    assert forecast(usage(net=days(14)), NOW).a_day == 1


def test_a_young_programme_is_judged_by_its_own_days():
    opened = NOW - timedelta(days=4)
    assert forecast(usage(opens_at=opened, net=days(10, 10, 10, 10)), NOW).a_day == 10


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"opens_at": NOW + timedelta(days=1)}, Verdict.NOT_OPEN),
        ({"closes_at": NOW}, Verdict.OVER),
        ({"is_closed": True}, Verdict.OVER),
        ({"available": 0}, Verdict.TAKEN),
        ({"opens_at": NOW - timedelta(days=2)}, Verdict.TOO_EARLY),
        ({"net": {}}, Verdict.UNUSED),
        ({"net": days(*[-1] * 14)}, Verdict.UNUSED),
    ],
)
def test_where_there_is_no_line(changes, verdict):
    assert forecast(usage(**changes), NOW).verdict is verdict


@given(
    st.lists(st.integers(-50, 500), min_size=14, max_size=14),
    st.integers(1, 10**7),
    st.integers(1, 3_000),
)
def test_every_forecast_makes_sense(net, available, lasts):
    found = forecast(
        usage(net=days(*net), available=available, closes_at=NOW + timedelta(days=lasts)), NOW
    )
    assert 0 <= found.left <= available
    if found.verdict is Verdict.RUNS_OUT:
        assert found.on is not None
        assert TODAY <= found.on < (NOW + timedelta(days=lasts)).date()
        assert (found.earliest or found.on) <= found.on <= (found.latest or found.on)
