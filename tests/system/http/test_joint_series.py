"""Dessau-Roßlau's joint series: a city, a federal agency, a university, and a partner that facilitates."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio

from tests.support.waiting import until
from tests.system.http.case import WAIT_SECONDS, Case, Tenant, Tenants, offer, until_bookable

Series = dict[str, Tenant]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def series(case: Case) -> Series:
    """The four members, each an organisation of its own."""
    kinds: dict[str, dict[str, Any]] = {
        "city": {"kind": "municipality", "official_key": "15001000", "name": "Dessau-Roßlau"},
        "agency": {"kind": "federal_agency", "official_key": None, "name": "Umweltbundesamt"},
        "university": {"kind": "university", "official_key": None, "name": "Hochschule Anhalt"},
        "partner": {"kind": "partner", "official_key": None, "name": "Werkstatt für Wandel"},
    }
    joining = (case.join(name, state="DE-ST", regions=[], **kind) for name, kind in kinds.items())
    return dict(zip(kinds, await asyncio.gather(*joining), strict=True))


async def seen(case: Case, tenant: Tenant, offer_id: str) -> bool:
    answer = await case.send(tenant.account, "GET", "catalogue", f"/v1/offers/{offer_id}")
    assert answer.status_code in {200, 404}
    return answer.is_success


async def until_seen(case: Case, tenant: Tenant, offer_id: str, *, expected: bool) -> None:
    await until(
        lambda: seen(case, tenant, offer_id), lambda is_so: is_so is expected, seconds=WAIT_SECONDS
    )


async def book(case: Case, tenant: Tenant, offer_id: str, person_id: str) -> tuple[int, Any]:
    body = {"offer_id": offer_id, "person_id": person_id, "payment": "own"}
    answer = await case.send(tenant.account, "POST", "catalogue", "/v1/bookings", json=body)
    return answer.status_code, answer.json()


async def test_the_parties_learn_together_while_they_have_agreed_to(
    case: Case, series: Series, tenants: Tenants
) -> None:
    outsider = tenants.town
    lecture = await series["university"].publish(offer(title="Ringvorlesung", visibility="own"))
    # The partner facilitates: its people help, and none of them learns.
    learners = {
        "agency": await series["agency"].register(),
        "partner": await series["partner"].register("trainer"),
    }
    stranger = await outsider.register()
    for name, person_id in learners.items():
        await until_bookable(case, series[name], person_id)
    await until_bookable(case, outsider, stranger)

    parts = {"city": "host", "agency": "party", "university": "party", "partner": "facilitator"}
    proposed = await series["city"].client.post(
        "member",
        "/v1/agreements",
        {
            "purpose": "Gemeinsame Reihe zum Wandel in Dessau-Roßlau",
            "parties": [
                {"tenant_id": series[name].tenant_id, "name": name, "part": part}
                for name, part in parts.items()
            ],
            "offers": [{"provider_id": series["university"].tenant_id, "offer_id": lecture}],
            "starts_at": datetime.now(UTC).isoformat(),
            "ends_at": (datetime.now(UTC) + timedelta(days=300)).isoformat(),
            "notice_days": 0,
        },
    )
    address = f"/v1/agreements/{proposed['agreement_id']}"
    for name in ("agency", "university"):
        await series[name].client.post("member", f"{address}/signature", {"revision": 1})
    assert not await seen(case, series["agency"], lecture)
    assert (await case.send(outsider.account, "GET", "member", address)).status_code == 404

    await series["partner"].client.post("member", f"{address}/signature", {"revision": 1})
    for name in ("city", "agency", "partner"):
        await until_seen(case, series[name], lecture, expected=True)
    status, booking = await book(case, series["agency"], lecture, learners["agency"])
    assert (status, booking["status"]) == (202, "confirmed")
    status, problem = await book(case, series["partner"], lecture, learners["partner"])
    assert (status, problem["code"]) == (403, "no_learners")
    assert not await seen(case, outsider, lecture)
    status, problem = await book(case, outsider, lecture, stranger)
    assert (status, problem["code"]) == (404, "offer_not_found")

    ended = await series["agency"].client.post("member", f"{address}/notice")
    assert (ended["status"], ended["end_reason"]) == ("ended", "notice_given")
    for name in ("city", "agency", "partner"):
        await until_seen(case, series[name], lecture, expected=False)
    assert (await series["agency"].booking(booking["booking_id"]))["status"] == "confirmed"
    done = await series["university"].client.post(
        "catalogue", f"/v1/offers/{lecture}/completions", {"booking_ids": [booking["booking_id"]]}
    )
    assert [each["outcome"] for each in done] == ["completed"]
    assert not await seen(case, outsider, lecture)
    assert (await case.send(outsider.account, "GET", "member", address)).status_code == 404
