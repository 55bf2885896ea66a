"""Who is suspended or has left gets no new voucher; what is reserved comes to its end."""

from dataclasses import replace

import pytest

from services.voucher.application.reserve_vouchers import reserve_vouchers
from services.voucher.application.settle_vouchers import (
    SettleVoucher,
    redeem_vouchers,
    release_vouchers,
)
from services.voucher.domain.eligibility import Beneficiary
from tests.voucher.builders import FUNDER, LUDWIGSHAFEN, MANNHEIM, NOW, programme, request
from tests.voucher.fakes import FakeUnitOfWork

MINISTRY = Beneficiary(FUNDER, "Ministerium", "state_agency", "DE-RP", frozenset())


async def _told(work: FakeUnitOfWork, tenant: Beneficiary, status: str, sequence: int) -> None:
    await work.tenants.learn([(replace(tenant, status=status), sequence)])


def _outcomes(work: FakeUnitOfWork) -> list[str]:
    return [outgoing.event.TYPE for outgoing in work.published]


@pytest.mark.parametrize(
    ("status", "reason"), [("suspended", "tenant_suspended"), ("left", "tenant_not_active")]
)
async def test_who_may_not_act_is_refused_with_the_reason(status: str, reason: str) -> None:
    work, pool = FakeUnitOfWork(), programme()
    await work.programmes.add(pool)
    await _told(work, LUDWIGSHAFEN, status, 2)
    await _told(work, MANNHEIM, "leaving", 2)
    asked = [request(LUDWIGSHAFEN), request(LUDWIGSHAFEN, programme_id=pool.programme_id)]
    await reserve_vouchers(work, [*asked, request(MANNHEIM)], NOW)
    assert _outcomes(work) == ["voucher.refused.v1", "voucher.refused.v1", "voucher.reserved.v1"]
    assert {each.event.model_dump()["reason"] for each in work.published[:2]} == {reason}


@pytest.mark.parametrize("status", ["suspended", "left"])
async def test_what_is_reserved_comes_to_its_end(status: str) -> None:
    work, pool = FakeUnitOfWork(), programme()
    await work.programmes.add(pool)
    await _told(work, LUDWIGSHAFEN, "active", 1)
    one, other = request(LUDWIGSHAFEN), request(LUDWIGSHAFEN)
    await reserve_vouchers(work, [one, other], NOW)
    await _told(work, LUDWIGSHAFEN, status, 2)
    await _told(work, LUDWIGSHAFEN, "active", 1)  # late
    for settle, asked in ((redeem_vouchers, one), (release_vouchers, other)):
        command = SettleVoucher(asked.tenant_id, asked.booking_id, asked.person_id, asked.cause)
        await settle(work, [command], NOW)
    assert _outcomes(work)[2:] == ["voucher.redeemed.v1", "voucher.released.v1"]
    await reserve_vouchers(work, [request(LUDWIGSHAFEN)], NOW)
    assert _outcomes(work)[-1] == "voucher.refused.v1"


@pytest.mark.parametrize("status", ["suspended", "left"])
async def test_a_funder_that_may_not_act_gives_nothing_new(status: str) -> None:
    work, pool = FakeUnitOfWork(), programme()
    await work.programmes.add(pool)
    await _told(work, LUDWIGSHAFEN, "active", 1)
    await _told(work, MINISTRY, "active", 1)
    await reserve_vouchers(work, [request(LUDWIGSHAFEN)], NOW)
    await _told(work, MINISTRY, status, 2)
    await reserve_vouchers(work, [request(LUDWIGSHAFEN)], NOW)
    assert _outcomes(work) == ["voucher.reserved.v1", "voucher.refused.v1"]
    assert work.published[1].event.model_dump()["reason"] == "no_programme"
