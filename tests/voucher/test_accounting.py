"""What is added up while a ledger is read, line by line."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.voucher.domain.errors import InvalidFinancingPlanError
from services.voucher.domain.factual_part import Attendance
from services.voucher.domain.financing_plan import FinancingPlan, Position
from services.voucher.domain.ledger import Account, Kind, Transfer
from services.voucher.domain.numerical_part import Accounting, Month
from services.voucher.domain.receipts import Line, Side, Use, receipts_of
from tests.voucher.builders import NOW, TRIER

POOL = UUID(int=5)
GRANTED, AVAILABLE, RESERVED, REDEEMED, RETURNED = (
    Account.GRANTED,
    Account.AVAILABLE,
    Account.RESERVED,
    Account.REDEEMED,
    Account.RETURNED,
)


def line(kind, debit, credit, units=1, *, at=NOW, use=None, voucher=1):
    return Line(Transfer(POOL, POOL, kind, debit, credit, units, at, UUID(int=voucher)), use)


def use(units=1, **changes):
    return Use(TRIER.tenant_id, units, **changes)


def test_units_that_only_move_inside_a_programme_are_no_payment():
    moves = [
        line(Kind.ALLOCATE, AVAILABLE, GRANTED),
        line(Kind.ALLOCATE, GRANTED, AVAILABLE),
        line(Kind.RESERVE, AVAILABLE, RESERVED),
        line(Kind.RELEASE, RESERVED, AVAILABLE),
        line(Kind.EXPIRE, AVAILABLE, Account.EXPIRED),
    ]
    assert [receipt for each in moves for receipt in receipts_of(each, in_cents=False)] == []


def test_a_reversal_after_the_end_is_taken_back_from_the_provider_and_given_back_to_the_funder():
    [expense, income] = receipts_of(line(Kind.REVERSE, REDEEMED, RETURNED, 700), in_cents=True)
    assert (expense.side, expense.units, expense.cents) == (Side.EXPENSE, -700, -700)
    assert (income.side, income.units, income.cents) == (Side.INCOME, -700, -700)


def test_a_receipt_has_the_day_of_the_seat():
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    [receipt] = receipts_of(line(Kind.GRANT, GRANTED, AVAILABLE, 5, at=late), in_cents=False)
    assert receipt.day.isoformat() == "2027-01-01"


def test_income_less_expense_is_what_is_not_used_whatever_happened():
    accounting = Accounting(FinancingPlan(), in_cents=True)
    for each in (
        line(Kind.GRANT, GRANTED, AVAILABLE, 1_000),
        line(Kind.TOP_UP, GRANTED, AVAILABLE, 500),
        line(Kind.RESERVE, AVAILABLE, RESERVED, 400),
        line(Kind.REDEEM, RESERVED, REDEEMED, 300, use=use(300)),
        line(Kind.RELEASE, RESERVED, AVAILABLE, 100),
        line(Kind.REVERSE, REDEEMED, AVAILABLE, 50, use=use(300)),
        line(Kind.RETURN, AVAILABLE, RETURNED, 200),
    ):
        accounting.add(each)
    report = accounting.report()
    assert (report.income, report.expense, report.expense_cents) == (1_300, 250, 250)
    assert report.accounts == {
        "granted": 1_500,
        "available": 1_050,
        "reserved": 0,
        "redeemed": 250,
        "expired": 0,
        "returned": 200,
    }
    assert report.months == [Month("2026-11", 1_300, 250)]
    assert report.receipts == {"income": 3, "expense": 2}


def test_a_use_that_is_reversed_bit_by_bit_counts_until_nothing_is_left_of_it():
    attendance = Attendance()
    attendance.add(line(Kind.REDEEM, RESERVED, REDEEMED, 300, use=use(300)))
    attendance.add(line(Kind.REVERSE, REDEEMED, AVAILABLE, 299, use=use(300)))
    assert attendance.report({}).participations == 1
    attendance.add(line(Kind.REVERSE, REDEEMED, AVAILABLE, 1, use=use(300)))
    assert attendance.report({}).participations == 0


@pytest.mark.parametrize(
    ("positions", "wrong"),
    [
        ((Position("1", "a", 1), Position("1", "b", 1)), "same number"),
        ((Position("", "a", 1),), "has a number"),
        ((Position("1", "a", -1),), "0 units or more"),
        (tuple(Position(str(at), "a", 1) for at in range(201)), "200 positions"),
    ],
)
def test_a_plan_that_could_not_be_followed_is_refused(positions, wrong):
    with pytest.raises(InvalidFinancingPlanError, match=wrong):
        FinancingPlan(positions)


def test_a_plan_spends_no_more_than_is_granted():
    plan = FinancingPlan((Position("1", "a", 60), Position("2", "b", 41)))
    plan.check(101)
    with pytest.raises(InvalidFinancingPlanError, match="101 units, 100 are granted"):
        plan.check(100)
