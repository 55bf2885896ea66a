"""What belongs to another tenant is not there: in no service, by no address, in no list."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.support.problems import assert_problem
from tests.support.waiting import until
from tests.system.http.case import Case, Tenants, competence_model, offer

Things = Mapping[str, str]

#: Who has it, who asks, how, and where.
DOORS = [
    ("town", "provider", "GET", "member", "/v1/people/{person}"),
    ("town", "provider", "PATCH", "member", "/v1/people/{person}"),
    ("town", "provider", "GET", "member", "/v1/people/{person}/record"),
    ("town", "provider", "GET", "member", "/v1/applications/{town}"),
    ("provider", "town", "GET", "catalogue", "/v1/offers/{private_offer}"),
    ("provider", "town", "GET", "catalogue", "/v1/offers/{offer}/bookings"),
    ("provider", "town", "POST", "catalogue", "/v1/offers/{offer}/completions"),
    ("provider", "town", "GET", "catalogue", "/v1/competence-models/{private_model}"),
    ("town", "provider", "GET", "catalogue", "/v1/bookings/{booking}"),
    ("town", "provider", "POST", "catalogue", "/v1/bookings/{booking}/cancellation"),
    ("funder", "town", "GET", "voucher", "/v1/programmes/{programme}"),
    ("funder", "town", "GET", "voucher", "/v1/programmes/{programme}/use"),
    ("funder", "town", "GET", "voucher", "/v1/programmes/{programme}/ledger"),
    ("town", "provider", "GET", "certificate", "/v1/credentials/{credential}"),
    ("town", "provider", "POST", "certificate", "/v1/credentials/{credential}/revocation"),
]
BODIES = {
    "/v1/people/{person}": {"family_name": "Fremd"},
    "/v1/offers/{offer}/completions": {"booking_ids": [str(uuid4())]},
    "/v1/credentials/{credential}/revocation": {"reason": "Gehört uns nicht"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def things(tenants: Tenants) -> Things:
    """Ids of what each tenant has: a credential, and all that it took."""
    town, provider = tenants.town, tenants.provider
    person_id = await town.register()
    programme_id = await tenants.funder.open_programme(vouchers=2)
    offer_id = await provider.publish(offer())
    private = await provider.publish(offer(visibility="own"))
    model = await provider.client.post("catalogue", "/v1/competence-models", competence_model())
    booking_id = await town.book(offer_id, person_id, programme_id)
    await town.booking_once(booking_id, "confirmed")
    completed = {"booking_ids": [booking_id]}
    await provider.client.post("catalogue", f"/v1/offers/{offer_id}/completions", completed)
    [credential] = await until(
        lambda: town.client.get("certificate", "/v1/credentials", booking_id=booking_id), bool
    )
    return {
        "town": town.tenant_id,
        "provider": provider.tenant_id,
        "person": person_id,
        "programme": programme_id,
        "offer": offer_id,
        "private_offer": private,
        "private_model": model["model_id"],
        "booking": booking_id,
        "credential": credential["credential_id"],
    }


def _account(tenants: Tenants, who: str) -> str:
    account: str = getattr(tenants, who).account
    return account


@pytest.mark.parametrize(("owner", "stranger", "method", "service", "template"), DOORS)
async def test_what_is_anothers_is_answered_like_what_is_not_there(
    case: Case,
    tenants: Tenants,
    things: Things,
    owner: str,
    stranger: str,
    method: str,
    service: str,
    template: str,
) -> None:
    account = _account(tenants, stranger)
    options: dict[str, Any] = {"json": BODIES[template]} if template in BODIES else {}
    anothers = await case.send(account, method, service, template.format(**things), **options)
    nowhere = template.format(**{name: uuid4() for name in things})
    nobodys = await case.send(account, method, service, nowhere, **options)
    code = nobodys.json()["code"]
    assert code.endswith("not_found")
    assert_problem(nobodys, 404, code)
    assert assert_problem(anothers, 404, code)["detail"] == nobodys.json()["detail"]
    if method == "GET":
        own = await case.send(_account(tenants, owner), method, service, template.format(**things))
        assert own.status_code == 200, own.text


async def test_a_stranger_changed_nothing(tenants: Tenants, things: Things) -> None:
    town = tenants.town.client
    person = await town.get("member", f"/v1/people/{things['person']}")
    assert person["family_name"] == "Beispiel"
    credential = await town.get("certificate", f"/v1/credentials/{things['credential']}")
    assert credential["revoked_at"] is None
    assert (await tenants.town.booking(things["booking"]))["status"] == "completed"


@pytest.mark.parametrize(
    ("who", "service", "path"),
    [
        ("provider", "member", "/v1/people"),
        ("town", "catalogue", "/v1/offers"),
        ("town", "catalogue", "/v1/competence-models"),
        ("provider", "catalogue", "/v1/bookings"),
        ("town", "voucher", "/v1/programmes"),
        ("provider", "voucher", "/v1/vouchers"),
        ("provider", "certificate", "/v1/credentials"),
        ("provider", "certificate", "/v1/awards"),
    ],
)
async def test_no_list_shows_what_is_anothers(
    case: Case, tenants: Tenants, things: Things, who: str, service: str, path: str
) -> None:
    secret = {"person", "programme", "private_offer", "private_model", "booking", "credential"}
    listed = await case.send(_account(tenants, who), "GET", service, f"{path}?limit=500")
    assert listed.status_code == 200
    assert [name for name in secret if things[name] in listed.text] == []


async def test_nobody_books_a_private_offer_or_for_anothers_people(
    case: Case, tenants: Tenants, things: Things
) -> None:
    for payment in ("own", "voucher"):
        private = {"offer_id": things["private_offer"], "person_id": things["person"]}
        body = {**private, "payment": payment}
        answer = await case.send(
            tenants.town.account, "POST", "catalogue", "/v1/bookings", json=body
        )
        assert_problem(answer, 404, "offer_not_found")
        answer = await case.send(
            tenants.provider.account, "POST", "catalogue", "/v1/bookings", json=body
        )
        assert_problem(answer, 404, "person_not_found")


async def test_a_credential_is_public_under_its_own_issuer_only(case: Case, things: Things) -> None:
    for suffix in ("", ".json", "/verification"):
        path = f"/tenants/{{}}/credentials/{things['credential']}{suffix}"
        own = await case.send(None, "GET", "certificate", path.format(things["town"]))
        assert own.status_code == 200, own.text
        for tenant_id in (things["provider"], uuid4()):
            answer = await case.send(None, "GET", "certificate", path.format(tenant_id))
            assert_problem(answer, 404, "not_found")


async def test_nobody_completes_anothers_booking(
    tenants: Tenants, things: Things, case: Case
) -> None:
    own_offer = await tenants.town.publish(offer())
    answer = await case.send(
        tenants.town.account,
        "POST",
        "catalogue",
        f"/v1/offers/{own_offer}/completions",
        json={"booking_ids": [things["booking"]]},
    )
    assert [each["outcome"] for each in answer.json()] == ["not_found"]
