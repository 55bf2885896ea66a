"""Tenants' pages: found, looked at, acted on; whatever their names and the services say."""

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.console.domain.errors import Refusal, ServiceRefusedError, ServiceSilentError
from shared.clock import utc_now
from tests.console.conftest import World, form_token, text
from tests.console.fakes import session
from tests.console.tenants import (
    FAILED,
    HOSTILE,
    TENANT,
    THEN,
    access,
    letter,
    listed,
    onboarding,
    step,
    tell,
    tenant,
    under_way,
)

PAGE = f"/tenants/{TENANT}"


async def test_the_list_asks_for_what_the_address_says_and_leads_on(world: World) -> None:
    listed(world, *(tenant(name=f"Gemeinde {number}") for number in range(51)))
    browser = await world.browser("operator")
    answer = await browser.get("/tenants?text=Gemeinde&status=active&kind=municipality&state=")
    assert answer.status_code == 200
    asked = {path: query for _, path, query in world.services.asked}
    wanted = {"text": "Gemeinde", "kind": "municipality"}
    assert asked["/v1/applications"] == {
        **wanted,
        "status": "active",
        "order": "name",
        "limit": 51,
        "offset": 0,
    }
    assert asked["/v1/applications/counts"] == wanted
    assert "1 to 50" in text(answer)
    assert "offset=50" in answer.text
    assert "Gemeinde 49" in answer.text
    assert "Gemeinde 50" not in answer.text


async def test_the_list_is_small_and_drawn_fast(world: World) -> None:
    listed(world, *(tenant(name=f"Verbandsgemeinde {number:05}") for number in range(51)))
    browser = await world.browser("operator")
    await browser.get("/tenants")
    began = time.perf_counter()
    answer = await browser.get("/tenants")
    assert time.perf_counter() - began < 0.3
    assert len(answer.content) < 100_000


async def test_hostile_names_stay_text_on_every_page(world: World) -> None:
    listed(world, tenant(name=HOSTILE))
    tell(world.services, name=HOSTILE, reason=HOSTILE, suspension_reason=HOSTILE, suspended_at=THEN)
    way = onboarding(step(state="failed", error=HOSTILE, done_at=None, due_at=THEN))
    world.services.says("member", "/v1/onboardings", [under_way(way, name=HOSTILE)])
    world.services.says("member", f"/v1/tenants/{TENANT}/access", [access(reason=HOSTILE)])
    world.services.says("feed", "/v1/operations/dead-letters", [letter(error=HOSTILE)])
    browser = await world.browser("operator")
    for address in (
        *("/tenants", "/tenants/onboarding", PAGE, f"{PAGE}/acts/suspend", f"{PAGE}/quotas"),
        *(f"{PAGE}/access", f"{PAGE}/errors", f"{PAGE}/history"),
    ):
        answer = await browser.get(address)
        assert answer.status_code == 200, (address, text(answer))
        assert "<script>alert" not in answer.text, address
        before, found, _ = answer.text.partition("&lt;script&gt;alert")
        assert found, address
        assert before.rpartition("<")[2].startswith(("bdi", "a ", "title")), address


async def test_the_page_of_a_tenant_shows_it_whole(world: World) -> None:
    tell(world.services, status="leaving", notice_by="member", last_day="2027-12-31")
    world.services.says("member", f"/v1/tenants/{TENANT}/access", [access()])
    world.services.says("voucher", "/v1/operations/dead-letters", [letter(), letter()])
    browser = await world.browser("operator")
    shown = text(await browser.get(PAGE))
    for words in (
        *("Speyer", "leaving", "Leaves after 31 Dec 2027", "Trial login", "7 of 50,000"),
        *("voucher: 2 dead letters", "Statistik", "Ticket 4711"),
    ):
        assert words in shown, words


async def test_a_service_that_does_not_answer_is_shown_as_such_and_the_rest_works(
    world: World,
) -> None:
    tell(world.services)
    silent = ServiceSilentError("feed", "There was no answer in time.")
    world.services.says("feed", "/v1/operations/subscriptions", silent)
    world.services.says("feed", "/v1/operations/dead-letters", silent)
    world.services.says("member", f"/v1/tenants/{TENANT}/quotas", {"people": "another contract"})
    browser = await world.browser("operator")
    answer = await browser.get(PAGE)
    assert answer.status_code == 200
    assert text(answer).count("feed : There was no answer in time.") == 2
    assert "member : It answers otherwise." in text(answer)
    assert "Trial login" in text(answer)


async def test_a_viewer_is_told_what_is_missing(world: World) -> None:
    refusal = Refusal(403, "role_missing", "This needs the role operator.")
    for path in ("/v1/applications", "/v1/applications/counts"):
        world.services.says("member", path, ServiceRefusedError("member", refusal))
    browser = await world.browser("viewer")
    answer = await browser.get("/tenants")
    assert answer.status_code == 403
    assert "This needs the role operator." in text(answer)


@pytest.mark.parametrize(
    ("status", "act", "is_allowed"),
    [
        ("applied", "approve", True),
        ("applied", "refuse", True),
        ("active", "approve", False),
        ("active", "suspend", True),
        ("applied", "suspend", False),
        ("suspended", "lift", True),
        ("suspended", "suspend", False),
        ("active", "exclude", True),
        ("left", "exclude", False),
        ("active", "withdraw", False),
        ("active", "retry", False),
        ("active", "invite", False),
    ],
)
async def test_what_may_not_be_done_is_shown_with_the_reason(
    world: World, status: str, act: str, is_allowed: bool
) -> None:
    tell(world.services, status=status)
    browser = await world.browser("operator")
    answer = await browser.get(f"{PAGE}/acts/{act}")
    assert ('aria-disabled="true"' not in answer.text) is is_allowed
    linked = f'href="{PAGE}/acts/{act}"' in (await browser.get(PAGE)).text
    assert linked is is_allowed


async def test_an_application_is_approved(world: World) -> None:
    tell(world.services, status="applied")
    world.services.says("member", f"/v1/applications/{TENANT}/approval", {}, method="POST")
    browser = await world.browser("operator")
    answer = await browser.post(f"{PAGE}/acts/approve", page=f"{PAGE}/acts/approve")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=approve")
    assert world.services.acts == [("POST", "member", f"/v1/applications/{TENANT}/approval", None)]


async def test_an_exclusion_says_its_effect_and_sends_day_and_reason(world: World) -> None:
    tell(world.services)
    path = f"/v1/tenants/{TENANT}/exclusion"
    world.services.says("member", path, {}, method="POST")
    browser = await world.browser("operator")
    page = f"{PAGE}/acts/exclude"
    assert "The membership ends on the last day" in text(await browser.get(page))
    await browser.post(page, page=page, reason="Arrears", last_day="2027-12-31")
    await browser.post(page, page=page, reason="Arrears", last_day="")
    body: dict[str, Any] = {"reason": "Arrears"}
    assert world.services.acts == [
        ("POST", "member", path, {**body, "last_day": "2027-12-31"}),
        ("POST", "member", path, body),
    ]


async def test_a_refusal_comes_back_to_the_form_with_what_was_typed_in(world: World) -> None:
    tell(world.services)
    refusal = Refusal(422, "last_day_invalid", "The last day has passed. Choose a later one.")
    world.services.says(
        "member",
        f"/v1/tenants/{TENANT}/exclusion",
        ServiceRefusedError("member", refusal),
        method="POST",
    )
    browser = await world.browser("operator")
    page = f"{PAGE}/acts/exclude"
    answer = await browser.post(page, page=page, reason="Long text", last_day="2020-01-01")
    assert answer.status_code == 422
    assert "The last day has passed. Choose a later one." in text(answer)
    assert "Long text" in answer.text
    assert 'value="2020-01-01"' in answer.text


async def test_a_session_that_ends_in_the_middle_does_nothing_and_keeps_the_reason(
    world: World,
) -> None:
    tell(world.services)
    browser = await world.browser("operator")
    page = f"{PAGE}/acts/exclude"
    drawn = await browser.get(page)
    ended = session("operator", seen_at=utc_now() - timedelta(hours=1))
    world.sessions.kept[browser.session_id] = ended
    values = {"form_token": form_token(drawn), "from": page, "reason": "Arrears since March"}
    answer = await browser.http.post(page, data={**values, "last_day": "2027-12-31"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?")
    assert world.services.acts == []
    await browser.log_in(session("operator"))
    filled = await browser.get(page)
    assert "Arrears since March</textarea>" in filled.text
    assert 'value="2027-12-31"' in filled.text
    assert "Your session had ended. Nothing was done." in text(filled)


async def test_a_failed_step_is_tried_again(world: World) -> None:
    tell(world.services)
    world.services.says(
        "member", f"/v1/applications/{TENANT}/onboarding", onboarding(step("probe"), FAILED)
    )
    path = f"/v1/applications/{TENANT}/onboarding/retry"
    world.services.says("member", path, {}, method="POST")
    browser = await world.browser("operator")
    page = f"{PAGE}/acts/retry"
    drawn = await browser.get(page)
    assert '<option value="kafka_rights">' in drawn.text
    assert '<option value="probe">' not in drawn.text
    await browser.post(page, page=page, step="kafka_rights", reason="Kafka is back")
    body = {"step": "kafka_rights", "reason": "Kafka is back"}
    assert world.services.acts == [("POST", "member", path, body)]


async def test_quotas_are_changed_with_a_reason(world: World) -> None:
    tell(world.services)
    path = f"/v1/tenants/{TENANT}/quotas"
    world.services.says("member", path, {}, method="PUT")
    browser = await world.browser("operator")
    page = f"{PAGE}/quotas"

    async def change(people: str) -> httpx.Response:
        return await browser.post(
            page,
            page=page,
            people=people,
            events_per_day="20",
            machine_clients="3",
            subscriptions="4",
            reason="A pilot",
        )

    assert (await change("10")).status_code == 303
    body = {
        "people": 10,
        "events_per_day": 20,
        "machine_clients": 3,
        "subscriptions": 4,
        "reason": "A pilot",
    }
    assert world.services.acts == [("PUT", "member", path, body)]
    wrong = await change("many")
    assert wrong.status_code == 422
    assert "people" in text(wrong)


async def test_access_is_asked_for_and_ended(world: World) -> None:
    tell(world.services)
    path = f"/v1/tenants/{TENANT}/access"
    entry = access()
    world.services.says("member", path, [entry])
    world.services.says("member", path, {}, method="POST")
    end = f"{path}/{entry['access_id']}/end"
    world.services.says("member", end, {}, method="POST")
    browser = await world.browser("operator")
    page = f"{PAGE}/access"
    await browser.post(page, page=page, reason="Ticket 4711", hours="2", may_change="true")
    await browser.post(f"{page}/{entry['access_id']}/end", page=page)
    body = {"reason": "Ticket 4711", "hours": 2, "may_change": True}
    assert world.services.acts == [("POST", "member", path, body), ("POST", "member", end, None)]


async def test_who_may_not_act_does_nothing(world: World) -> None:
    tell(world.services, status="applied")
    browser = await world.browser("viewer")
    page = f"{PAGE}/acts/approve"
    assert "This needs the role operator." in text(await browser.get(page))
    assert (await browser.post(page, page=page)).status_code == 403
    assert world.services.acts == []


async def test_the_board_puts_everybody_where_they_stand(world: World) -> None:
    open_step = step("issuer", state="waiting", done_at=None, needed=False)
    ways = {
        "Failing": onboarding(FAILED, status="approved"),
        "New": onboarding(status="applied"),
        "Coming": onboarding(open_step, status="active"),
        "Going": onboarding(open_step, status="left", direction="closing"),
        "There": onboarding(step(), status="active"),
    }
    found = [under_way(way, name=name) for name, way in ways.items()]
    world.services.says("member", "/v1/onboardings", found)
    browser = await world.browser("operator")
    answer = await browser.get("/tenants/onboarding")
    shown = text(answer)
    places = [
        *("A step fails 1", "Failing", "Waiting for a decision 1", "New"),
        *("On the way in 1", "Coming", "On the way out 1", "Going"),
        *("Settled within the last hour 1", "There"),
    ]
    assert [shown.index(each) for each in places] == sorted(shown.index(each) for each in places)
    assert "unreachable: Kafka does not answer." in shown
    assert f'href="{PAGE}/acts/approve"' in answer.text
    assert 'hx-sse:connect="/live/onboarding"' in answer.text


async def test_the_history_joins_what_was_done_and_tried(world: World) -> None:
    tell(world.services)
    did = {
        "at": THEN,
        "operator": "op-1",
        "action": "approve",
        "subject": TENANT,
        "reason": "-",
    }
    world.services.says("member", "/v1/operations/log", [did])
    browser = await world.browser("operator")
    shown = text(await browser.get(f"{PAGE}/history"))
    for words in ("approve", "op-1", "Rights on Kafka", "unreachable: Kafka", "07318000"):
        assert words in shown, words
    assert "It is not in the register." in shown


async def test_the_errors_lead_to_letters_and_stories(world: World) -> None:
    tell(world.services)
    world.services.says("voucher", "/v1/operations/dead-letters", [letter()])
    browser = await world.browser("operator")
    answer = await browser.get(f"{PAGE}/errors")
    assert 'href="/repairs/letters/voucher/4711"' in answer.text
    assert 'href="/stories/story-1"' in answer.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tenants/nobody", 422),
        (f"{PAGE}/acts/marry", 404),
        ("/tenants?offset=-1", 422),
        ("/tenants/00000000-0000-0000-0000-000000000000", 404),
    ],
)
async def test_addresses_that_cannot_be(world: World, address: str, status: int) -> None:
    tell(world.services)
    browser = await world.browser("operator")
    assert (await browser.get(address)).status_code == status
