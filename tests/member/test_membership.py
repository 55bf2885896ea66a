"""The register of members: what entries add up to, whatever happens in which order."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.member.domain.cooperative_errors import (
    InvalidPaymentError,
    InvalidSharesError,
    LastShareError,
    NotAMemberError,
)
from services.member.domain.errors import MemberError
from services.member.domain.membership import EntryKind, Membership
from services.member.domain.statutes import MAX_SHARES, SHARE_CENTS, STATUTES, Statutes, day_of
from tests.member.builders import NOW

TODAY = day_of(NOW)
DAY = timedelta(days=1)
YEAR_END = date(2027, 12, 31)
BY = "someone"


def member(shares: int = 1) -> Membership:
    return Membership.admit(uuid4(), "Speyer", shares, BY, NOW)


def test_a_member_holds_what_it_subscribed_from_its_day_on() -> None:
    made = member(3)
    assert made.standing(TODAY - DAY).shares == made.standing(TODAY - DAY).votes == 0
    standing = made.standing(TODAY)
    assert (standing.shares, standing.votes, standing.name) == (3, 1, "Speyer")
    assert (standing.owed_cents, standing.admitted_on) == (300_000, TODAY)


def test_a_cancellation_takes_effect_after_the_year_that_the_statutes_say() -> None:
    made = member(3)
    assert made.cancel(2, BY, NOW, STATUTES) == YEAR_END
    assert made.standing(YEAR_END).shares == 3
    assert made.standing(YEAR_END + DAY).shares == 1
    with pytest.raises(LastShareError) as error:
        made.cancel(1, BY, NOW, STATUTES)
    assert error.value.code == "last_share"
    made.subscribe(1, BY, NOW)
    made.cancel(1, BY, NOW, STATUTES)


def test_an_exit_ends_every_share_also_those_with_notice() -> None:
    made = member(3)
    made.cancel(1, BY, NOW, STATUTES)
    made.exit(TODAY, BY, "excluded", NOW)
    made.exit(TODAY, BY, "excluded again", NOW)
    assert made.standing(TODAY).shares == 3
    for day in (TODAY + DAY, YEAR_END, YEAR_END + DAY):
        assert (made.standing(day).shares, made.standing(day).votes) == (0, 0)
    assert made.standing(YEAR_END).exited_on == TODAY + DAY
    assert sum(entry.kind is EntryKind.EXITED for entry in made.entries) == 1
    with pytest.raises(NotAMemberError):
        made.subscribe(1, BY, NOW)
    with pytest.raises(NotAMemberError):
        made.cancel(1, BY, NOW, STATUTES)


def test_payments_fit_the_shares() -> None:
    made = member(2)
    made.pay_in(150_000, TODAY, BY, "statement 4", NOW)
    assert made.standing(TODAY).owed_cents == 50_000
    for cents, on in (
        (50_001, TODAY),
        (0, TODAY),
        (1, TODAY - DAY),
        (1, TODAY + DAY),
    ):
        with pytest.raises(InvalidPaymentError):
            made.pay_in(cents, on, BY, "-", NOW)
    with pytest.raises(InvalidPaymentError):
        made.repay(1, TODAY, BY, "-", NOW)
    made.exit(TODAY, BY, "left", NOW)
    tomorrow = NOW + DAY
    assert made.standing(TODAY + DAY).repayable_cents == 150_000
    made.repay(150_000, TODAY + DAY, BY, "statement 9", tomorrow)
    assert made.standing(TODAY + DAY).paid_cents == 0


@pytest.mark.parametrize("shares", [0, -1, MAX_SHARES + 1])
def test_numbers_of_shares_that_nobody_may_hold(shares: int) -> None:
    with pytest.raises(InvalidSharesError):
        member(shares)
    with pytest.raises(InvalidSharesError):
        member().subscribe(shares, BY, NOW)


def test_a_new_name_counts_from_its_day() -> None:
    made = member()
    made.rename("Speyer am Rhein", BY, NOW + DAY)
    made.rename("Speyer am Rhein", BY, NOW + DAY)
    assert made.standing(TODAY).name == "Speyer"
    assert made.standing(TODAY + DAY).name == "Speyer am Rhein"
    assert len(made.entries) == 2


@pytest.mark.parametrize(
    ("given_on", "last_day"),
    [
        (date(2026, 6, 30), date(2026, 12, 31)),
        (date(2026, 7, 1), date(2027, 12, 31)),
        (date(2026, 12, 31), date(2027, 12, 31)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2027, 8, 31), date(2028, 12, 31)),
    ],
)
def test_notice_is_given_to_the_end_of_a_year(given_on: date, last_day: date) -> None:
    assert STATUTES.last_day(given_on) == last_day


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(0, 60),
    st.tuples(st.integers(1, 12), st.integers(1, 31)),
)
def test_whatever_the_statutes_the_last_day_ends_a_year_and_is_not_too_early(
    given_on: date, months: int, year_ends: tuple[int, int]
) -> None:
    last_day = Statutes(year_ends, months).last_day(given_on)
    assert last_day.month == year_ends[0]
    assert last_day.day <= year_ends[1]
    assert last_day >= given_on
    assert (last_day - given_on).days <= 31 * (months + 12)


def test_days_begin_at_the_seat() -> None:
    assert day_of(datetime.fromisoformat("2026-12-31T22:59:59Z")) == date(2026, 12, 31)
    assert day_of(datetime.fromisoformat("2026-12-31T23:00:00Z")) == date(2027, 1, 1)


class Members(RuleBasedStateMachine):
    """One member over years: whatever is done, the entries tell the truth of every day."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.member = member()
        self.told: dict[date, int] = {}

    @rule(days=st.integers(1, 500))
    def time_passes(self, days: int) -> None:
        self.told[day_of(self.now)] = self.member.standing(day_of(self.now)).shares
        self.now += timedelta(days=days)

    @rule(shares=st.integers(1, 50))
    def subscribe(self, shares: int) -> None:
        self._try(self.member.subscribe, shares, BY, self.now)

    @rule(shares=st.integers(1, 50))
    def cancel(self, shares: int) -> None:
        self._try(self.member.cancel, shares, BY, self.now, STATUTES)

    @rule(cents=st.integers(1, 60 * SHARE_CENTS), back=st.booleans())
    def pay(self, cents: int, *, back: bool) -> None:
        pay = self.member.repay if back else self.member.pay_in
        self._try(pay, cents, day_of(self.now), BY, "statement", self.now)

    @precondition(lambda self: not self.member.has_exited)
    @rule()
    def leave(self) -> None:
        self.member.exit(day_of(self.now) - DAY, BY, "left", self.now)
        # What took effect yesterday at the latest was a fact of that day, not of today.
        self.told.pop(day_of(self.now), None)

    @invariant()
    def the_register_as_of_any_day_is_the_sum_of_the_entries_to_it(self) -> None:
        days = {entry.from_day for entry in self.member.entries}
        for day in days | {each - DAY for each in days}:
            upto = [entry for entry in self.member.entries if entry.from_day <= day]
            standing = self.member.standing(day)
            assert standing.shares == sum(entry.shares for entry in upto)
            assert standing.paid_cents == sum(entry.cents for entry in upto)
            assert standing.votes == (standing.shares > 0)

    @invariant()
    def a_member_always_has_a_share_and_nobody_else_has(self) -> None:
        entries = self.member.entries
        left = next((each.from_day for each in entries if each.kind is EntryKind.EXITED), date.max)
        for entry in entries:
            shares = self.member.standing(entry.from_day).shares
            assert shares >= 1 if entry.from_day < left else shares == 0

    @invariant()
    def the_past_does_not_change(self) -> None:
        for day, shares in self.told.items():
            if day < day_of(self.now) - DAY:
                assert self.member.standing(day).shares == shares

    @invariant()
    def nobody_pays_more_than_for_the_shares_or_gets_more_than_was_paid(self) -> None:
        paid = 0
        for entry in self.member.entries:
            paid += entry.cents
            assert paid >= 0

    @invariant()
    def entries_are_numbered_without_a_gap(self) -> None:
        entries = self.member.entries
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))

    def _try(self, act: Any, *arguments: Any) -> None:
        before = list(self.member.entries)
        try:
            act(*arguments)
        except MemberError:
            assert self.member.entries == before


TestMembers = Members.TestCase
