"""Allocations over HTTP: given, raised, lowered, given back; every unit is in one pool at every moment."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.voucher.application.allocate import return_unused
from services.voucher.domain.eligibility import Eligibility
from services.voucher.domain.terms import Distribution
from services.voucher.entrypoints.giving_schedule import AT_ONCE
from shared.clock import utc_now
from tests.voucher.office import Office


async def _give(office: Office, programme_id: UUID, units: int = 4, **body: object) -> Any:
    path = f"/programmes/{programme_id}/allocations"
    wanted = {"beneficiary_id": str(office.city), "units": units, **body}
    answer = await office.call(office.funder, "funder", "POST", path, wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_units_are_set_aside_and_both_sides_see_them(office: Office) -> None:
    made = await office.programme(10)
    given = await _give(office, made.programme_id, 4)
    assert (given["units"], given["available"]) == (4, 4)
    pools = await office.pools(made)
    assert (pools[None].granted, pools[office.city].granted) == (6, 4)
    for tenant, roles, path in (
        (office.funder, "funder", f"/programmes/{made.programme_id}/allocations"),
        (office.city, "hr", "/allocations"),
    ):
        assert (await office.call(tenant, roles, "GET", path)).json() == [given]
    assert (await office.call(office.other_city, "hr", "GET", "/allocations")).json() == []


@pytest.mark.parametrize(("units", "status", "main"), [(6, 200, 4), (1, 200, 9), (11, 409, 6)])
async def test_an_allocation_is_raised_and_lowered(
    office: Office, units: int, status: int, main: int
) -> None:
    made = await office.programme(10)
    given = await _give(office, made.programme_id, 4)
    path = f"/allocations/{given['allocation_id']}"
    answer = await office.call(office.funder, "funder", "PUT", path, {"units": units})
    assert answer.status_code == status, answer.text
    assert (await office.pools(made))[None].granted == main


async def test_what_is_used_of_it_cannot_be_taken(office: Office) -> None:
    made = await office.programme(10)
    given = await _give(office, made.programme_id, 2)
    person_id = await office.employ(office.city)
    people = {"person_ids": [str(person_id)]}
    path = f"/programmes/{made.programme_id}/assignments"
    await office.call(office.city, "hr", "POST", path, people)
    returned = f"/allocations/{given['allocation_id']}/return"
    answer = await office.call(office.city, "hr", "POST", returned, {"units": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "exhausted")
    ended = (await office.call(office.city, "hr", "POST", returned, {})).json()
    assert (ended["units"], ended["reserved"], ended["available"]) == (1, 1, 0)
    assert ended["ended_at"]
    again = await office.call(office.funder, "funder", "PUT", returned[:-7], {"units": 3})
    assert again.json()["code"] == "allocation_ended"


async def test_the_clock_gives_back_what_is_unused_and_what_comes_back_later(
    office: Office,
) -> None:
    made = await office.programme(10, distribution=Distribution.ALLOCATED)
    soon = utc_now() + timedelta(hours=1)
    given = await _give(office, made.programme_id, 4, give_back_at=soon.isoformat())
    person_id = await office.employ(office.city)
    path = f"/programmes/{made.programme_id}/assignments"
    [held] = (
        await office.call(office.city, "hr", "POST", path, {"person_ids": [str(person_id)]})
    ).json()["answers"]
    scope = {office.funder, office.city}
    for moment, pool, main in ((soon - timedelta(minutes=1), 4, 6), (soon, 1, 9)):
        async with office.opened(scope) as work:
            await return_unused(work, moment, AT_ONCE)
        pools = await office.pools(made)
        assert (pools[office.city].granted, pools[None].available) == (pool, main)
    taken_back = f"/vouchers/{held['voucher']['voucher_id']}/withdrawal"
    await office.call(office.city, "hr", "POST", taken_back)
    async with office.opened(scope) as work:
        assert await return_unused(work, soon, AT_ONCE) == 1
        assert await return_unused(work, soon, AT_ONCE) == 0
    pools = await office.pools(made)
    assert (pools[office.city].granted, pools[None].available) == (0, 10)
    assert given["allocation_id"] == str(pools[office.city].pool_id)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"units": 0}, 422, "invalid_request"),
        ({"units": -1}, 422, "invalid_request"),
        ({"units": 1.5}, 422, "invalid_request"),
        ({"units": 10**30}, 422, "invalid_request"),
        ({"units": 11}, 409, "exhausted"),
        ({"beneficiary_id": str(uuid4())}, 404, "beneficiary_unknown"),
        ({"give_back_at": "2020-01-01T00:00:00Z"}, 422, "invalid_allocation"),
    ],
)
async def test_what_cannot_be_given_is_refused(
    office: Office, changes: Any, status: int, code: str
) -> None:
    made = await office.programme(10)
    body = {"beneficiary_id": str(office.city), "units": 4, **changes}
    path = f"/programmes/{made.programme_id}/allocations"
    answer = await office.call(office.funder, "funder", "POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await office.pools(made))[None].available == 10


async def test_one_allocation_each_and_only_for_who_is_eligible(office: Office) -> None:
    made = await office.programme(10)
    await _give(office, made.programme_id, 1)
    path = f"/programmes/{made.programme_id}/allocations"
    body = {"beneficiary_id": str(office.city), "units": 1}
    twice = await office.call(office.funder, "funder", "POST", path, body)
    assert (twice.status_code, twice.json()["code"]) == (409, "allocation_exists")
    for_others = await office.programme(10, eligibility=Eligibility(states=frozenset({"DE-BY"})))
    path = f"/programmes/{for_others.programme_id}/allocations"
    answer = await office.call(office.funder, "funder", "POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "outside_area")


async def test_another_tenants_allocation_is_nobodys(office: Office) -> None:
    made = await office.programme(10)
    given = await _give(office, made.programme_id, 4)
    own = f"/allocations/{given['allocation_id']}"
    for tenant, roles, method, path, body in (
        (office.city, "funder", "PUT", own, {"units": 5}),
        (office.other_city, "hr", "POST", f"{own}/return", {}),
        (office.city, "funder", "POST", f"/programmes/{made.programme_id}/allocations", None),
    ):
        wanted = body if body is not None else {"beneficiary_id": str(office.city), "units": 1}
        answer = await office.call(tenant, roles, method, path, wanted)
        assert answer.status_code == 404, answer.text
    assert (await office.pools(made))[office.city].granted == 4


async def test_the_same_key_gives_once(office: Office) -> None:
    made = await office.programme(10)
    body = {"beneficiary_id": str(office.city), "units": 4}
    path = f"/programmes/{made.programme_id}/allocations"
    key = {"Idempotency-Key": "once"}
    answers = [
        await office.call(office.funder, "funder", "POST", path, body, headers=key)
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert (await office.pools(made))[None].available == 6
