"""Use cases on fakes: batches, duplicates and every order of a booking's events."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voucher.application.open_programme import OpenProgramme, open_programme
from services.voucher.application.reserve_vouchers import reserve_vouchers
from services.voucher.application.settle_vouchers import (
    SettleVoucher,
    close_programmes,
    expire_vouchers,
    redeem_vouchers,
    release_vouchers,
)
from services.voucher.contracts.events import ProgrammeNearlyUsedV1
from services.voucher.domain.errors import TenantNotKnownError
from services.voucher.domain.voucher import Status
from shared.envelope import Cause
from tests.voucher.builders import (
    FUNDER,
    LUDWIGSHAFEN,
    MANNHEIM,
    NOW,
    STUTTGART,
    TRIER,
    programme,
    request,
    terms,
)
from tests.voucher.fakes import FakeUnitOfWork


async def _work(*programmes):
    work = FakeUnitOfWork()
    await work.tenants.learn([(tenant, 1) for tenant in (LUDWIGSHAFEN, MANNHEIM, TRIER, STUTTGART)])
    for each in programmes:
        await work.programmes.add(each)
    return work


def _settle(asked):
    return SettleVoucher(asked.tenant_id, asked.booking_id, asked.person_id, asked.cause)


def _told(work):
    """What was told of vouchers; that a small programme is nearly used is not what is asked here."""
    events = [outgoing.event for outgoing in work.published]
    return [each for each in events if not isinstance(each, ProgrammeNearlyUsedV1)]


def _types(work):
    return [event.TYPE for event in _told(work)]


async def test_the_2751st_request_is_refused_whoever_it_is():
    pool = programme(vouchers=2_750)
    work = await _work(pool)
    asked = [
        request(tenant, programme_id=pool.programme_id)
        for n in range(2_751)
        for tenant in [(LUDWIGSHAFEN, MANNHEIM, TRIER)[n % 3]]
    ]
    for start in range(0, len(asked), 500):
        await reserve_vouchers(work, asked[start : start + 500], NOW)
    states = [each.status for each in work.vouchers.kept.values()]
    assert states.count(Status.RESERVED) == 2_750
    assert _told(work)[-1].reason == "exhausted"
    assert {each.funder_id for each in _told(work)} == {pool.tenant_id}
    assert work.programmes.kept[pool.programme_id].pool.available == 0


async def test_the_same_request_twice_in_a_batch_or_later_takes_one_voucher():
    pool = programme()
    work = await _work(pool)
    asked = request(programme_id=pool.programme_id)
    await reserve_vouchers(work, [asked], NOW)
    await reserve_vouchers(work, [asked], NOW)
    assert _types(work) == ["voucher.reserved.v1"]
    assert work.programmes.kept[pool.programme_id].pool.reserved == 1


async def test_a_person_over_the_limit_is_refused_within_one_batch():
    pool = programme()
    work = await _work(pool)
    person_id = uuid4()
    asked = [request(programme_id=pool.programme_id, person_id=person_id) for _ in range(2)]
    await reserve_vouchers(work, asked, NOW)
    assert _types(work) == ["voucher.reserved.v1", "voucher.refused.v1"]
    assert work.published[-1].event.reason == "person_limit_reached"


async def test_without_a_named_programme_the_one_that_closes_first_pays():
    late = programme(closes_at=NOW + timedelta(days=300))
    soon = programme(closes_at=NOW + timedelta(days=30))
    work = await _work(late, soon)
    await reserve_vouchers(work, [request()], NOW)
    assert work.published[0].event.programme_id == soon.programme_id


async def test_without_any_programme_the_refusal_says_so():
    work = await _work()
    await reserve_vouchers(work, [request(), request(programme_id=uuid4())], NOW)
    assert [each.event.reason for each in work.published] == ["no_programme", "no_programme"]


async def test_a_tenant_that_is_not_known_yet_is_not_refused():
    pool = programme()
    work = FakeUnitOfWork()
    await work.programmes.add(pool)
    with pytest.raises(TenantNotKnownError):
        await reserve_vouchers(work, [request(programme_id=pool.programme_id)], NOW)
    assert work.vouchers.kept == {}


@pytest.mark.parametrize("order", list(permutations(["reserve", "release", "release"])))
async def test_given_up_bookings_hold_nothing_in_any_order(order):
    pool = programme()
    work = await _work(pool)
    asked = request(programme_id=pool.programme_id)
    for step in order:
        if step == "reserve":
            await reserve_vouchers(work, [asked], NOW)
        else:
            await release_vouchers(work, [_settle(asked)], NOW)
    assert work.programmes.kept[pool.programme_id].pool.available == 2_750
    assert work.programmes.kept[pool.programme_id].pool.is_balanced()


async def test_expired_reservations_go_back_to_the_pool():
    pool = programme()
    work = await _work(pool)
    asked = request(programme_id=pool.programme_id)
    await reserve_vouchers(work, [asked], NOW)
    assert await expire_vouchers(work, NOW + timedelta(days=89), limit=10) == 0
    assert await expire_vouchers(work, NOW + timedelta(days=90), limit=10) == 1
    await redeem_vouchers(work, [_settle(asked)], NOW)
    assert _types(work) == ["voucher.reserved.v1", "voucher.expired.v1"]
    assert [each.event.funder_id for each in work.published] == [pool.tenant_id] * 2
    assert work.programmes.kept[pool.programme_id].pool.available == 2_750


async def test_programmes_close_by_themselves():
    pool = programme(vouchers=5)
    work = await _work(pool)
    assert await close_programmes(work, NOW + timedelta(days=366)) == 1
    assert await close_programmes(work, NOW + timedelta(days=366)) == 0
    assert work.programmes.kept[pool.programme_id].pool.expired == 5


async def test_only_a_known_tenant_opens_a_programme():
    work = await _work()
    command = OpenProgramme(FUNDER, uuid4(), terms(budget=10), Cause("x"))
    with pytest.raises(TenantNotKnownError):
        await open_programme(work, command, NOW)
    command = OpenProgramme(TRIER.tenant_id, uuid4(), terms(budget=10), Cause("x"))
    opened = await open_programme(work, command, NOW)
    assert opened.pool.available == 10
    assert _types(work) == ["programme.opened.v1"]


@given(
    vouchers=st.integers(1, 5),
    history=st.lists(
        st.tuples(st.sampled_from(["reserve", "redeem", "release", "expire"]), st.integers(0, 7)),
        max_size=50,
    ),
)
async def test_any_history_of_events_keeps_the_ledger_right(vouchers, history):
    pool = programme(vouchers=vouchers)
    work = await _work(pool)
    bookings = [
        request((LUDWIGSHAFEN, TRIER)[n % 2], programme_id=pool.programme_id) for n in range(8)
    ]
    for step, n in history:
        if step == "reserve":
            await reserve_vouchers(work, [bookings[n], bookings[n - 1]], NOW)
        elif step == "redeem":
            await redeem_vouchers(work, [_settle(bookings[n])], NOW)
        elif step == "release":
            await release_vouchers(work, [_settle(bookings[n])], NOW)
        else:
            await expire_vouchers(work, NOW + timedelta(days=91), limit=1)
        kept = work.programmes.kept[pool.programme_id].pool
        states = [each.status for each in work.vouchers.kept.values()]
        assert kept.is_balanced()
        assert kept.reserved == states.count(Status.RESERVED)
        assert kept.redeemed == states.count(Status.REDEEMED)
    assert _last_sequences_grow(work)


def _last_sequences_grow(work):
    seen: dict[str, int] = {}
    for outgoing in work.published:
        if seen.get(outgoing.aggregate, 0) >= outgoing.sequence:
            return False
        seen[outgoing.aggregate] = outgoing.sequence
    return True
