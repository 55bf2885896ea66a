"""An operator asks what happened to a booking, and every service tells its part."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.local.ports import HOST
from deploy.names import SERVICES
from services.console.adapters.services import HttpServices
from services.console.application.find_stories import find
from services.console.application.story_answers import address
from services.console.application.tell_story import Story, StoryTeller
from services.console.domain.health import WELL
from services.console.domain.story_search import By, Wish
from tests.support.problems import assert_problem
from tests.support.waiting import until
from tests.system.http.case import Case, Tenants, offer
from tests.system.http.conftest import Processes

BOOKED = ["booking.requested.v1", "voucher.reserved.v1", "booking.confirmed.v1"]
COMPLETED = ["participation.completed.v1", "credential.issued.v1", "voucher.redeemed.v1"]


@pytest_asyncio.fixture(loop_scope="session")
async def services(case: Case) -> AsyncIterator[HttpServices]:
    """The services as the console sees them."""
    each = HttpServices({service: f"http://{HOST}:{case.ports[service]}" for service in SERVICES})
    yield each
    await each.aclose()


async def _told(case: Case, correlation_id: str, service: str) -> list[dict[str, Any]]:
    return await case.client("operator").pages(service, address(correlation_id))


async def _story(case: Case, services: HttpServices, correlation_id: str) -> Story:
    """What every service told, as one."""
    token = await case.accounts.token("operator")
    story = await StoryTeller(services, lambda _service: WELL, token).tell(correlation_id, 200)
    assert story.troubles == {}
    return story


async def test_a_booking_is_told_from_its_request_to_its_credential(
    case: Case, tenants: Tenants, services: HttpServices
) -> None:
    town, provider = tenants.town, tenants.provider
    offer_id = await provider.publish(offer())
    programme_id = await tenants.funder.open_programme(vouchers=10)
    booking_id = await town.book_anybody(offer_id, programme_id)
    await town.booking_once(booking_id, "confirmed")
    body = {"booking_ids": [booking_id]}
    await provider.client.post("catalogue", f"/v1/offers/{offer_id}/completions", body)

    async def story() -> Story:
        return await _story(case, services, booking_id)

    def is_over(told: Story) -> bool:
        events = [step.event for step in told.steps]
        handled = all("feed" in told.handled[each.id] for each in events)
        return len(events) >= 6 and handled and all(each.is_sent for each in events)

    told = await until(story, is_over)
    events = [step.event for step in told.steps]
    assert [each.type for each in events[:4]] == [*BOOKED, COMPLETED[0]]
    assert sorted(each.type for each in events[4:]) == COMPLETED[1:]
    assert {each.tenant_id for each in events} == {town.tenant_id}
    assert {each.service for each in events} == {"catalogue", "voucher", "certificate"}
    without_cause = {step.event.type for step in told.steps if step.cause is None}
    assert without_cause == {BOOKED[0], COMPLETED[0]}
    assert len({each.trace_id for each in events}) == 1, "one trace for one booking"
    assert "voucher" in told.handled[events[0].id]
    assert (told.gaps, told.failures) == ([], [])


async def test_a_booking_is_found_by_all_that_leads_to_it(
    case: Case, tenants: Tenants, services: HttpServices
) -> None:
    town = tenants.town
    offer_id = await tenants.provider.publish(offer())
    programme_id = await tenants.funder.open_programme(vouchers=1)
    person_id = await town.register()
    booking_id = await town.book(offer_id, person_id, programme_id)
    voucher = await town.voucher_once(booking_id, "reserved")
    await town.booking_once(booking_id, "confirmed")
    [trace_id] = (await _story(case, services, booking_id)).traces
    token = await case.accounts.token("operator")
    for wish in (
        Wish(booking_id),
        Wish(voucher["voucher_id"]),
        Wish(person_id, By.PERSON, tenant=town.tenant_id),
        Wish(trace_id),
        Wish(town.tenant_id, By.TENANT),
    ):
        found = await find(services, wish, token)
        assert found.troubles == {}
        assert booking_id in {each.correlation_id for each in found.stories}, wish


async def test_a_story_lacks_what_a_worker_that_stands_still_owes(
    case: Case, tenants: Tenants, services: HttpServices, processes: Processes
) -> None:
    town = tenants.town
    offer_id = await tenants.provider.publish(offer())
    programme_id = await tenants.funder.open_programme(vouchers=1)
    worker = processes["voucher-worker"]
    worker.stop()
    booking_id = await town.book_anybody(offer_id, programme_id)
    [gap] = (await _story(case, services, booking_id)).gaps
    worker.start()
    await worker.ready()
    assert (gap.by, gap.types) == ("voucher", ("voucher.reserved.v1", "voucher.refused.v1"))
    assert gap.step.event.type == "booking.requested.v1"
    await town.booking_once(booking_id, "confirmed")
    assert (await _story(case, services, booking_id)).gaps == []


async def test_an_event_is_shown_whole_unless_it_names_people(case: Case, tenants: Tenants) -> None:
    town = tenants.town
    person_id = await town.register()
    [*_, told] = await _told(case, person_id, "member")
    path = f"/v1/operations/events/{told['id']}"
    answer = await case.send(
        "operator", "GET", "member", path, params={"correlation_id": person_id}
    )
    assert told["topic"] == "member-people"
    assert_problem(answer, 403, "operator_access_missing")


async def test_what_was_published_is_told_with_its_place_and_without_its_data(
    case: Case, tenants: Tenants
) -> None:
    person_id = await tenants.town.register()
    [*_, told] = await _told(case, person_id, "member")
    assert set(told) == {
        *("id", "type", "topic", "subject", "tenant_id", "sequence", "time"),
        *("causation_id", "traceparent", "state", "expects"),
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
