"""An operator asks what happened to a booking, and every service tells its part."""

from typing import Any
from uuid import uuid4

import pytest

from deploy.names import SERVICES
from deploy.story import Step, address, merge
from tests.support.problems import assert_problem
from tests.support.waiting import until
from tests.system.http.case import Case, Tenants, offer

BOOKED = ["booking.requested.v1", "voucher.reserved.v1", "booking.confirmed.v1"]
COMPLETED = ["participation.completed.v1", "credential.issued.v1", "voucher.redeemed.v1"]


async def _told(case: Case, correlation_id: str, service: str) -> list[dict[str, Any]]:
    return await case.client("operator").pages(service, address(correlation_id))


async def _story(case: Case, correlation_id: str) -> list[Step]:
    """What every service told, as one."""
    return merge(
        {
            service: [Step.of(service, each) for each in await _told(case, correlation_id, service)]
            for service in SERVICES
        }
    )


async def test_a_booking_is_told_from_its_request_to_its_credential(
    case: Case, tenants: Tenants
) -> None:
    town, provider = tenants.town, tenants.provider
    offer_id = await provider.publish(offer())
    programme_id = await tenants.funder.open_programme(vouchers=1)
    booking_id = await town.book_anybody(offer_id, programme_id)
    await town.booking_once(booking_id, "confirmed")
    body = {"booking_ids": [booking_id]}
    await provider.client.post("catalogue", f"/v1/offers/{offer_id}/completions", body)

    async def story() -> list[Step]:
        return await _story(case, booking_id)

    def is_sent(steps: list[Step]) -> bool:
        return len(steps) >= 6 and {each.state for each in steps} == {"sent"}

    steps = await until(story, is_sent)
    assert [each.type for each in steps[:4]] == [*BOOKED, COMPLETED[0]]
    assert sorted(each.type for each in steps[4:]) == COMPLETED[1:]
    assert {each.tenant_id for each in steps} == {town.tenant_id}
    assert {each.service for each in steps} == {"catalogue", "voucher", "certificate"}
    known = {each.id for each in steps}
    caused = [each for each in steps if each.type not in {BOOKED[0], COMPLETED[0]}]
    assert {each.causation_id for each in caused} <= known
    assert len({each.trace_id for each in steps}) == 1, "one trace for one booking"


async def test_what_was_published_is_told_with_its_place_and_without_its_data(
    case: Case, tenants: Tenants
) -> None:
    person_id = await tenants.town.register()
    [*_, told] = await _told(case, person_id, "member")
    assert set(told) == {
        *("id", "type", "topic", "subject", "tenant_id", "sequence", "time"),
        *("causation_id", "traceparent", "state"),
    }
    assert told["tenant_id"] == tenants.town.tenant_id
    assert told["sequence"] >= 1


@pytest.mark.parametrize("service", SERVICES)
async def test_a_story_of_nobody_is_empty_whatever_its_id(case: Case, service: str) -> None:
    nobodys = uuid4().hex
    for chosen in ("..", *(nobodys + each for each in ("", "/b", "/", "%", "?", " Ärger'; --"))):
        assert await _told(case, chosen, service) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_only_an_operator_is_told(case: Case, tenants: Tenants, service: str) -> None:
    path = address(str(uuid4()))
    assert_problem(await case.send(None, "GET", service, path), 401, "unauthenticated")
    answer = await case.send(tenants.town.account, "GET", service, path)
    assert_problem(answer, 403, "role_missing")


@pytest.mark.parametrize("wrong", ["%00", "a%1Fb", "x" * 101])
async def test_an_id_that_nobody_can_choose_is_refused(case: Case, wrong: str) -> None:
    path = f"/v1/operations/stories/{wrong}"
    assert_problem(await case.send("operator", "GET", "voucher", path), 422, "invalid_request")
