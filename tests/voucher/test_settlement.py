"""From ledger entries to bills: every entry once, to the cent, and a later reversal as a credit note."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voucher.domain.errors import (
    BillingDetailsMissingError,
    InvalidPartyError,
    InvalidPriceError,
    PriceMissingError,
)
from services.voucher.domain.party import require_leitweg_id
from services.voucher.domain.price import PriceList, Vat
from services.voucher.domain.settlement import Movement, settle
from services.voucher.domain.statement import Kind, Side, tax_of, with_nets
from tests.voucher.billing import (
    COOPERATIVE,
    COURSE,
    EXEMPT,
    MINISTRY,
    PROVIDER,
    TAXED,
    line,
    price,
    redeemed,
    reversed_,
    statement,
)
from tests.voucher.builders import FUNDER

PRICES = PriceList([price()])


def _figures(bills):
    return [[(each.quantity, each.unit_cents) for each in bill.lines] for bill in bills]


def test_used_vouchers_of_one_price_are_one_line():
    [bill] = settle(Side.FUNDER, FUNDER, [redeemed(1), redeemed(2)], PRICES)
    assert (bill.tenant_id, bill.kind, bill.corrects) == (FUNDER, Kind.INVOICE, None)
    assert _figures([bill]) == [[(2, 15_000)]]
    assert [claim.cents for claim in bill.claims] == [15_000, 15_000]


def test_each_provider_gets_what_the_funder_pays_without_the_fee():
    other = UUID(int=73)
    movements = [redeemed(1), redeemed(2, provider_id=other), redeemed(3, provider_id=other)]
    bills = settle(Side.PROVIDER, FUNDER, movements, PRICES)
    assert [bill.tenant_id for bill in bills] == [PROVIDER, other]
    assert _figures(bills) == [[(1, 13_500)], [(2, 13_500)]]


def test_what_was_used_at_nobody_known_is_owed_to_nobody():
    assert settle(Side.PROVIDER, FUNDER, [redeemed(1, provider_id=None)], PRICES) == []
    assert settle(Side.FUNDER, FUNDER, [redeemed(1, provider_id=None)], PRICES)


def test_a_voucher_that_is_reversed_before_it_is_billed_is_on_no_line():
    used = redeemed(1)
    [bill] = settle(Side.FUNDER, FUNDER, [used, redeemed(2), reversed_(used, 3)], PRICES)
    assert _figures([bill]) == [[(1, 15_000)]]
    assert [claim.cents for claim in bill.claims] == [15_000, 15_000, -15_000]


def test_when_all_is_reversed_before_it_is_billed_there_is_no_bill():
    used = redeemed(1)
    assert settle(Side.FUNDER, FUNDER, [used, reversed_(used, 2)], PRICES) == []


def test_a_later_reversal_is_a_credit_note_for_the_statement_that_billed_it():
    back = [reversed_(redeemed(1), 10, billed="RE-1"), reversed_(redeemed(2), 11, billed="RE-2")]
    bills = settle(Side.FUNDER, FUNDER, [*back, redeemed(12)], PRICES)
    assert [(bill.kind, bill.corrects) for bill in bills] == [
        (Kind.INVOICE, None),
        (Kind.CREDIT_NOTE, "RE-1"),
        (Kind.CREDIT_NOTE, "RE-2"),
    ]
    assert _figures(bills) == [[(1, 15_000)]] * 3
    assert bills[1].claims[0].cents == -15_000


def test_a_reversal_costs_what_was_agreed_when_the_voucher_was_used():
    dearer = price(cents=99_999, valid_from=datetime(2026, 11, 20, tzinfo=UTC))
    back = reversed_(redeemed(1), 9, billed="RE-1", at=datetime(2026, 12, 24, tzinfo=UTC))
    [bill] = settle(Side.FUNDER, FUNDER, [back], PriceList([price(), dearer]))
    assert _figures([bill]) == [[(1, 15_000)]]


def test_an_offer_has_its_own_price_or_the_one_for_all():
    own = price(offer_id=COURSE, cents=20_000)
    other = redeemed(2, offer_id=UUID(int=5))
    [bill] = settle(Side.FUNDER, FUNDER, [redeemed(1), other], PriceList([price(), own]))
    assert sorted(_figures([bill])[0]) == [(1, 15_000), (1, 20_000)]


def test_without_an_agreed_price_a_voucher_costs_what_its_booking_costs():
    [bill] = settle(
        Side.FUNDER, FUNDER, [redeemed(1, costs_cents=8_800)], PriceList([price(cents=None)])
    )
    assert _figures([bill]) == [[(1, 8_800)]]


def test_what_has_no_price_is_not_settled_for_nothing():
    for prices in ([], [price(cents=None)], [price(valid_from=datetime(2027, 1, 1, tzinfo=UTC))]):
        with pytest.raises(PriceMissingError, match="Agree on one"):
            settle(Side.FUNDER, FUNDER, [redeemed(1)], PriceList(prices))


@given(
    units=st.integers(2, 100_000),
    fee=st.integers(0, 999),
    parts=st.lists(st.integers(1, 50_000), max_size=6),
)
def test_reversing_cents_in_parts_gives_back_exactly_what_was_paid(units, fee, parts):
    """For the provider too, whose part is rounded."""
    prices = PriceList([price(cents=None, fee_per_mille=fee)])
    used = redeemed(1, units=units, costs_cents=units)
    left, movements = units, list[Movement]()
    for part in (*parts, units):
        taken = min(part, left)
        if taken:
            entry = len(movements) + 2
            movements.append(reversed_(used, entry, units=taken, before=left, billed="GU-1"))
            left -= taken
    for side in Side:
        paid = sum(bill.claims[0].cents for bill in settle(side, FUNDER, [used], prices))
        back = [claim.cents for b in settle(side, FUNDER, movements, prices) for claim in b.claims]
        assert paid + sum(back) == 0
        assert all(cents <= 0 for cents in back)


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 500)), min_size=1, max_size=20))
def test_nets_and_their_tax_are_what_is_owed_but_for_a_cent(figures):
    owed = statement([line(cents, quantity=count, vat=TAXED) for cents, count in figures])
    assert owed.cents == sum(cents * count for cents, count in figures)
    assert owed.tax_cents == tax_of(owed.net_cents, 19)
    assert abs(owed.rounding_cents) <= 1
    assert all(abs(each.net_cents * 119 - each.cents * 100) < 2 * 119 for each in owed.lines)


def test_what_is_exempt_is_owed_net():
    [exempt] = with_nets([line(333, quantity=3, vat=EXEMPT)])
    assert exempt.net_cents == exempt.cents == 999


@pytest.mark.parametrize(
    "wrong",
    [
        {"cents": 0},
        {"cents": -1},
        {"cents": 100_000_001},
        {"fee_per_mille": 1_000},
        {"fee_per_mille": -1},
    ],
)
def test_a_price_that_nobody_can_owe_is_refused(wrong):
    with pytest.raises(InvalidPriceError):
        price(**wrong)


@pytest.mark.parametrize(("percent", "exemption"), [(0, ""), (19, "§ 4 UStG"), (-1, ""), (101, "")])
def test_a_tax_is_a_rate_or_an_exemption(percent, exemption):
    with pytest.raises(InvalidPriceError):
        Vat(percent, exemption)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iban": "DE02120300000000202052"},
        {"iban": "DE02 1203 0000"},
        {"vat_id": "123"},
        {"country": "Deutschland"},
        {"tax_number": "keine"},
    ],
)
def test_misspelt_billing_details_are_refused(wrong):
    with pytest.raises(InvalidPartyError):
        replace(COOPERATIVE, **wrong)


@pytest.mark.parametrize("wrong", ["04011000-1234512345-60", "4", "", "04011000-12345", "x-y-06"])
def test_a_misspelt_leitweg_id_is_refused(wrong):
    require_leitweg_id("04011000-1234512345-06")
    with pytest.raises(InvalidPartyError, match="misspelt"):
        require_leitweg_id(wrong)


def test_who_cannot_be_paid_is_no_seller():
    COOPERATIVE.require_seller()
    with pytest.raises(BillingDetailsMissingError, match="IBAN"):
        MINISTRY.require_seller()
