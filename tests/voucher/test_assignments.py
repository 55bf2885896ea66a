"""Vouchers that HR assigns: held for a person until they book, are taken back or end; and reminders of that."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.voucher.application.remind import remind
from services.voucher.application.reserve_vouchers import ReserveVoucher, reserve_vouchers
from services.voucher.application.settle_vouchers import expire_vouchers
from services.voucher.domain.eligibility import Item
from services.voucher.domain.limits import Limits
from services.voucher.domain.terms import Step, Unit
from services.voucher.domain.voucher import Status
from shared.clock import utc_now
from shared.envelope import Cause
from tests.voucher.office import Office


async def _assign(office: Office, programme_id: UUID, *person_ids: UUID) -> Any:
    path = f"/programmes/{programme_id}/assignments"
    body = {"person_ids": [str(each) for each in person_ids]}
    answer = await office.call(office.city, "hr", "POST", path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()["answers"]


async def test_many_at_once_each_with_an_answer(office: Office) -> None:
    made = await office.programme(2)
    people = [await office.employ(office.city) for _ in range(3)]
    stranger, foreign = uuid4(), await office.employ(office.other_city)
    order = [people[0], stranger, people[0], foreign, people[1], people[2]]
    answers = await _assign(office, made.programme_id, *order)
    assert [each["person_id"] for each in answers] == [str(each) for each in order]
    assert [each["reason"] for each in answers] == [
        None,
        "person_unknown",
        "person_limit_reached",
        "person_unknown",
        None,
        "exhausted",
    ]
    assert answers[5]["explanation"] == "All 2 vouchers of the programme are taken."
    assert (await office.pools(made))[None].reserved == 2


async def test_a_booking_uses_the_voucher_that_was_assigned(office: Office) -> None:
    made = await office.programme(1)
    person_id = await office.employ(office.city)
    [assigned] = await _assign(office, made.programme_id, person_id)
    booking_id = uuid4()
    booking = ReserveVoucher(
        office.city,
        booking_id,
        person_id,
        Item(uuid4(), "on_demand_course"),
        None,
        Cause(str(booking_id)),
    )
    async with office.opened([office.city, office.funder]) as work:
        await reserve_vouchers(work, [booking], utc_now())
    async with office.opened([office.city]) as work:
        found = (await work.vouchers.for_bookings([booking_id]))[booking_id]
    assert str(found.voucher_id) == assigned["voucher"]["voucher_id"]
    assert found.status is Status.RESERVED
    path = f"/vouchers/{found.voucher_id}/withdrawal"
    late = await office.call(office.city, "hr", "POST", path)
    assert (late.status_code, late.json()["code"]) == (409, "not_assigned")


async def test_what_is_not_used_returns_to_the_pool_by_hand_or_by_the_clock(office: Office) -> None:
    made = await office.programme(2, assignment=timedelta(days=10))
    people = [await office.employ(office.city) for _ in range(2)]
    one, other = await _assign(office, made.programme_id, *people)
    path = f"/vouchers/{one['voucher']['voucher_id']}/withdrawal"
    for tenant, status in ((office.other_city, 404), (office.city, 200), (office.city, 409)):
        assert (await office.call(tenant, "hr", "POST", path)).status_code == status
    async with office.opened([office.city, office.funder]) as work:
        assert await expire_vouchers(work, utc_now() + timedelta(days=10), 10) == 1
        told = [each.event.model_dump() for each in work.outgoing]
        ended = {each["voucher_id"]: each["reason"] for each in told}
    assert ended == {UUID(other["voucher"]["voucher_id"]): "expired"}
    pool = (await office.pools(made))[None]
    assert (pool.available, pool.reserved) == (2, 0)


async def test_who_holds_a_voucher_is_reminded_once_before_it_ends(office: Office) -> None:
    made = await office.programme(2, assignment=timedelta(days=30))
    person_id = await office.employ(office.city)
    await _assign(office, made.programme_id, person_id)
    told = []
    for days in (15, 17, 18, 31):
        async with office.opened([office.city]) as work:
            await remind(work, utc_now() + timedelta(days=days), 100)
            told.append([each.event.model_dump()["person_id"] for each in work.outgoing])
    assert told == [[], [person_id], [], []]


async def test_a_short_voucher_is_reminded_of_when_half_its_time_is_over(office: Office) -> None:
    made = await office.programme(2, assignment=timedelta(days=4))
    await _assign(office, made.programme_id, await office.employ(office.city))
    told = []
    for hours in (24, 49):
        async with office.opened([office.city]) as work:
            told.append(await remind(work, utc_now() + timedelta(hours=hours), 100))
    assert told == [0, 1]


async def test_in_euros_the_most_that_a_voucher_pays_is_held(office: Office) -> None:
    made = await office.programme(100_000, unit=Unit.CENT, cap_cents=40_000, limits=Limits(9))
    people = [await office.employ(office.city) for _ in range(3)]
    answers = await _assign(office, made.programme_id, *people)
    assert [each["voucher"] and each["voucher"]["units"] for each in answers] == [
        40_000,
        40_000,
        None,
    ]
    uncapped = await office.programme(100_000, unit=Unit.CENT)
    [answer] = await _assign(office, uncapped.programme_id, people[0])
    assert answer["reason"] == "price_unknown"


async def test_what_the_leader_has_to_approve_hr_cannot_assign(office: Office) -> None:
    made = await office.programme(2, approval=(Step.LEADER, Step.HR))
    [answer] = await _assign(office, made.programme_id, await office.employ(office.city))
    assert answer["reason"] == "approval_needed"
    by_hr = await office.programme(2, approval=(Step.HR,))
    [answer] = await _assign(office, by_hr.programme_id, await office.employ(office.city))
    assert answer["voucher"]


async def test_the_same_key_assigns_once(office: Office) -> None:
    made = await office.programme(5, limits=Limits(5))
    body = {"person_ids": [str(await office.employ(office.city))]}
    path, key = f"/programmes/{made.programme_id}/assignments", {"Idempotency-Key": "a"}
    answers = [
        (await office.call(office.city, "hr", "POST", path, body, headers=key)).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert (await office.pools(made))[None].reserved == 1
