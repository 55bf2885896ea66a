"""Late uses and reversals: with a reason, never more than there is, and each told once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.voucher.application.correct_vouchers import (
    CorrectVoucher,
    redeem_late,
    reverse_voucher,
)
from services.voucher.application.reserve_vouchers import reserve_vouchers
from services.voucher.application.settle_vouchers import (
    SettleVoucher,
    expire_vouchers,
    redeem_vouchers,
    release_vouchers,
)
from services.voucher.domain.eligibility import Item
from services.voucher.domain.errors import InvalidSettlementError, PoolExhaustedError
from services.voucher.domain.ledger import Balances, Kind
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Unit
from services.voucher.domain.voucher import Status, Voucher
from shared.envelope import Cause
from tests.voucher.builders import LUDWIGSHAFEN, NOW, programme, request
from tests.voucher.fakes import FakeUnitOfWork

LATER = NOW + timedelta(days=91)


class Case:
    """One voucher of a programme that counts in cents, reserved for a course of 500 euros."""

    def __init__(self) -> None:
        self.work = FakeUnitOfWork()
        self.pool = programme(vouchers=80_000, unit=Unit.CENT, cap_cents=60_000)
        item = Item(uuid4(), "on_demand_course", price_cents=50_000)
        self.asked = request(programme_id=self.pool.programme_id, item=item)

    async def reserved(self) -> "Case":
        await self.work.tenants.learn([(LUDWIGSHAFEN, 1)])
        await self.work.programmes.add(self.pool)
        await reserve_vouchers(self.work, [self.asked], NOW)
        return self

    async def redeemed(self) -> "Case":
        await (await self.reserved()).settle(redeem_vouchers)
        return self

    async def settle(self, use_case) -> None:
        asked = self.asked
        command = SettleVoucher(asked.tenant_id, asked.booking_id, asked.person_id, asked.cause)
        await use_case(self.work, [command], NOW)

    def correction(self, units: int | None = None, reason: str = "Liste lag zu spät vor"):
        ids = (self.asked.tenant_id, self.voucher.voucher_id, self.pool.programme_id)
        return CorrectVoucher(*ids, units, reason, Cause("x", str(uuid4())))

    @property
    def voucher(self) -> Voucher:
        [voucher] = self.work.vouchers.kept.values()
        return voucher

    @property
    def programme(self) -> Programme:
        return self.work.programmes.kept[self.pool.programme_id]

    @property
    def told(self) -> list[str]:
        return [each.event.TYPE for each in self.work.published]


async def test_an_expired_voucher_is_used_late_with_a_reason():
    case = await Case().reserved()
    await expire_vouchers(case.work, LATER, 10)
    await redeem_late(case.work, case.correction(), LATER)
    assert case.programme.total == Balances(granted=80_000, available=30_000, redeemed=50_000)
    assert case.voucher.status is Status.REDEEMED
    assert case.told == ["voucher.reserved.v1", "voucher.expired.v1", "voucher.redeemed.v1"]
    assert case.work.published[-1].event.model_dump()["is_late"]
    line = case.work.programmes.transfers[-1]
    assert (line.kind, line.reason) == (Kind.LATE_REDEEM, "Liste lag zu spät vor")
    assert line.entry == case.voucher.redeemed_entry


async def test_after_the_end_a_late_use_takes_what_expired():
    case = await Case().reserved()
    await expire_vouchers(case.work, LATER, 10)
    over = case.pool.terms.closes_at
    case.programme.close(over)
    await redeem_late(case.work, case.correction(), over)
    assert case.programme.total == Balances(granted=80_000, redeemed=50_000, expired=30_000)


async def test_what_returned_to_the_funder_pays_no_late_use():
    case = await Case().reserved()
    await expire_vouchers(case.work, LATER, 10)
    case.programme.close(LATER)
    with pytest.raises(PoolExhaustedError):
        await redeem_late(case.work, case.correction(), LATER)
    assert case.programme.total == Balances(granted=80_000, returned=80_000)


async def test_a_late_use_needs_a_reason_an_ended_voucher_and_no_more_than_it_had():
    case = await Case().reserved()
    with pytest.raises(InvalidSettlementError, match="reserved"):
        await redeem_late(case.work, case.correction(), NOW)
    await case.settle(release_vouchers)
    for wrong in (case.correction(reason=""), case.correction(50_001), case.correction(0)):
        with pytest.raises(InvalidSettlementError):
            await redeem_late(case.work, wrong, NOW)
    assert case.programme.total.redeemed == 0


async def test_reversals_together_never_exceed_what_was_used():
    case = await Case().redeemed()
    entry = case.voucher.redeemed_entry
    await reverse_voucher(case.work, case.correction(20_000), NOW)
    assert (case.voucher.status, case.voucher.reversible_units) == (Status.REDEEMED, 30_000)
    with pytest.raises(InvalidSettlementError, match="30000 units"):
        await reverse_voucher(case.work, case.correction(30_001), NOW)
    await reverse_voucher(case.work, case.correction(), NOW)
    assert case.voucher.status is Status.REVERSED
    with pytest.raises(InvalidSettlementError):
        await reverse_voucher(case.work, case.correction(1), NOW)
    assert case.programme.total == Balances(granted=80_000, available=80_000)
    lines = [each for each in case.work.programmes.transfers if each.kind is Kind.REVERSE]
    assert [(each.reverses, each.units) for each in lines] == [(entry, 20_000), (entry, 30_000)]
    assert case.told[2:] == ["voucher.reversed.v1"] * 2
    sequences = [each.sequence for each in case.work.published]
    assert sequences == [1, 2, 3, 4]


async def test_a_reversal_after_the_end_returns_to_the_funder():
    case = await Case().redeemed()
    case.programme.close(case.pool.terms.closes_at)
    await reverse_voucher(case.work, case.correction(), LATER)
    assert case.programme.total == Balances(granted=80_000, expired=30_000, returned=50_000)


@pytest.mark.parametrize("reason", ["", "because"])
async def test_what_was_not_used_is_not_reversed(reason: str):
    case = await Case().reserved()
    with pytest.raises(InvalidSettlementError):
        await reverse_voucher(case.work, case.correction(1, reason), NOW)
