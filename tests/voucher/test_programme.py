"""A programme's terms and pool: every no has its reason, and the pool is never below zero."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voucher.domain.errors import InvalidProgrammeError, PoolExhaustedError
from services.voucher.domain.ledger import About, Balances
from services.voucher.domain.limits import Taken
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import MAX_VOUCHERS
from tests.voucher.builders import (
    BERGSTRASSE,
    FUNDER,
    LUDWIGSHAFEN,
    MANNHEIM,
    NOW,
    STUTTGART,
    TRIER,
    claim,
    programme,
    terms,
)


@pytest.mark.parametrize(
    ("tenant", "reason"),
    [
        (LUDWIGSHAFEN, None),
        (MANNHEIM, None),
        (BERGSTRASSE, None),
        (TRIER, None),
        (STUTTGART, "outside_area"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_state_or_region_decides_the_real_case(tenant, reason):
    refusal = programme().refuse(claim(tenant), Taken(), NOW)
    assert (refusal and refusal.reason) == reason


@pytest.mark.parametrize(
    ("changes", "used", "at", "reason"),
    [
        ({"opens_at": NOW + timedelta(days=1)}, 0, NOW, "not_open_yet"),
        ({}, 0, NOW + timedelta(days=366), "closed"),
        ({}, 1, NOW, "person_limit_reached"),
    ],
)
def test_each_refusal_has_its_code(changes, used, at, reason):
    refusal = programme(**changes).refuse(claim(TRIER), Taken(used), at)
    assert refusal
    assert refusal.reason == reason


def test_the_last_voucher_goes_and_the_next_is_refused():
    one = programme(vouchers=1)
    one.reserve(_about(one), 1, NOW)
    refusal = one.refuse(claim(TRIER), Taken(), NOW)
    assert refusal
    assert refusal.reason == "exhausted"
    with pytest.raises(PoolExhaustedError):
        one.reserve(_about(one), 1, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"closes_at": NOW - timedelta(days=2)},
        {"reservation": timedelta(0)},
    ],
)
def test_terms_that_contradict_each_other_are_refused(changes):
    with pytest.raises(InvalidProgrammeError):
        terms(**changes)


@pytest.mark.parametrize("vouchers", [0, -1, MAX_VOUCHERS + 1])
def test_a_pool_has_a_sensible_size(vouchers):
    with pytest.raises(InvalidProgrammeError):
        Programme.opened(FUNDER, uuid4(), terms(), vouchers, NOW)


def test_closing_expires_what_is_available_and_what_is_given_back_later():
    closing = programme(vouchers=3)
    first, second = _about(closing), _about(closing)
    closing.reserve(first, 1, NOW)
    closing.reserve(second, 1, NOW)
    over = closing.terms.closes_at
    closing.close(over)
    closing.release(first, 1, over)
    closing.redeem(second, 1, over)
    assert closing.total == Balances(granted=3, redeemed=1, expired=2)


def test_closing_early_returns_to_the_funder_what_nobody_uses():
    closing = programme(vouchers=3)
    held = _about(closing)
    closing.reserve(held, 1, NOW)
    closing.close(NOW)
    closing.release(held, 1, NOW)
    assert closing.total == Balances(granted=3, returned=3)


@given(
    st.integers(1, 20),
    st.lists(st.sampled_from(["reserve", "redeem", "release", "close"]), max_size=60),
)
def test_units_are_neither_made_nor_lost_by_any_history(vouchers, history):
    subject = programme(vouchers=vouchers)
    for step in history:
        try:
            if step == "close":
                subject.close(NOW)
            else:
                getattr(subject, step)(_about(subject), 1, NOW)
        except PoolExhaustedError:
            pass
        assert subject.total.is_balanced()
    assert subject.total == _replayed(subject)


def _about(subject: Programme) -> About:
    """A voucher of somebody in Trier, on the main pool."""
    return About(subject.programme_id, uuid4(), TRIER.tenant_id)


def _replayed(subject: Programme) -> Balances:
    """The balances that the transfers add up to."""
    balances = Balances()
    for line in subject.transfers:
        balances.move(line.debit, line.credit, line.units)
    return balances
