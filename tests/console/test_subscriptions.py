"""Subscriptions' pages: how they go, and acting in the tenant's place."""

from typing import Any

import pytest

from tests.console.conftest import World, text
from tests.console.tenants import (
    EVENT,
    HOSTILE,
    SUBSCRIPTION,
    TENANT,
    THEN,
    access,
    subscription,
)

OPERATIONS = "/v1/operations/subscriptions"
OWN = f"{OPERATIONS}/{SUBSCRIPTION}"
PAGE = f"/subscriptions/{SUBSCRIPTION}"
DELIVERY = {
    "event_id": EVENT,
    "position": 7,
    "type": "booking.requested.v1",
    "aggregate": "booking-1",
    "status": "retrying",
    "attempts": 2,
    "at": THEN,
    "next_attempt_at": THEN,
    "answer_status": 503,
    "error_class": "failed",
}
ATTEMPT = {
    "number": 1,
    "trigger": "scheduled",
    "at": THEN,
    "milliseconds": 12,
    "outcome": "failed",
    "status": 503,
    "error_class": "failed",
}
KEY = {
    "aggregate": "booking-1",
    "waiting": 2,
    "attempts": 2,
    "next_attempt_at": THEN,
    "since": THEN,
}


def tell(world: World, *, inside: bool = False, **changes: object) -> None:
    says = world.services.says
    says("feed", OPERATIONS, [subscription(**changes)])
    says("feed", OWN, subscription(**changes))
    says("feed", f"{OWN}/failing-keys", [KEY])
    says("feed", f"{OWN}/deliveries", [DELIVERY])
    says("feed", f"{OWN}/deliveries/{EVENT}", [ATTEMPT])
    says("member", f"/v1/tenants/{TENANT}/access", [access()] if inside else [])


async def test_the_list_asks_for_what_the_address_says(world: World) -> None:
    tell(world)
    browser = await world.browser("operator")
    address = f"/subscriptions?tenant={TENANT}&status=active&way=webhook&troubled=1"
    answer = await browser.get(address)
    [(_, _, asked)] = world.services.asked
    assert asked == {
        "tenant_id": TENANT,
        "status": "active",
        "way": "webhook",
        "troubled": "true",
        "limit": 51,
        "offset": 0,
    }
    assert f'href="{PAGE}"' in answer.text
    assert "active retrying" in text(answer)


async def test_a_subscription_is_shown_with_what_waits_and_was_delivered(world: World) -> None:
    tell(world)
    browser = await world.browser("operator")
    shown = text(await browser.get(f"{PAGE}?status=retrying"))
    for words in (
        *("hooks.speyer.example.org", "2 of 1 aggregates", "booking-1"),
        *("booking.requested.v1", "503 failed at the endpoint"),
    ):
        assert words in shown, words
    assert (f"{OWN}/deliveries", {"status": "retrying", "limit": 51, "offset": 0}) in [
        (path, query) for _, path, query in world.services.asked
    ]
    attempts = text(await browser.get(f"{PAGE}/deliveries/{EVENT}"))
    assert "first time" in attempts
    assert "12" in attempts


async def test_hostile_names_stay_text(world: World) -> None:
    tell(world, name=HOSTILE, tenant_name=HOSTILE, status_reason=HOSTILE)
    browser = await world.browser("operator")
    for address in ("/subscriptions", PAGE, f"{PAGE}/deliveries/{EVENT}"):
        answer = await browser.get(address)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


async def test_only_who_is_inside_acts_in_the_tenants_place(world: World) -> None:
    tell(world, status="paused_auto")
    browser = await world.browser("operator")
    drawn = await browser.get(PAGE)
    assert drawn.text.count('aria-disabled="true"') == 3
    assert "You need a running access to this tenant" in text(drawn)
    tell(world, inside=True, status="paused_auto")
    path = f"/v1/subscriptions/{SUBSCRIPTION}/resumption"
    world.services.says("feed", path, {}, method="POST")
    drawn = await browser.get(PAGE)
    assert drawn.text.count('aria-disabled="true"') == 1  # nothing to pause
    answer = await browser.post(f"{PAGE}/acts/resume", page=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=resume")
    assert world.services.acts == [("POST", "feed", path, None)]
    assert world.services.headers == {"X-Tenant-ID": TENANT}


@pytest.mark.parametrize(
    "of_another", [{"operator": "somebody-else"}, {"may_change": False}, {"until": THEN}]
)
async def test_an_access_of_another_or_to_read_or_of_before_is_not_enough(
    world: World, of_another: dict[str, Any]
) -> None:
    tell(world, status="paused_auto")
    world.services.says("member", f"/v1/tenants/{TENANT}/access", [access(**of_another)])
    browser = await world.browser("operator")
    assert (await browser.get(PAGE)).text.count('aria-disabled="true"') == 3


async def test_an_act_that_there_is_not(world: World) -> None:
    tell(world)
    browser = await world.browser("operator")
    assert (await browser.post(f"{PAGE}/acts/marry", page=PAGE)).status_code == 404
