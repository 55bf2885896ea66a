"""People, over HTTP."""

from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.domain.record import Certificate, Completion
from shared.database.unit_of_work import UnitsOfWork
from tests.member.builders import LATER, NOW
from tests.member.http import NUL, OPERATOR, bearer, person, post_json, tenant_of

pytestmark = pytest.mark.usefixtures("engine_for")

pytestmark = pytest.mark.usefixtures("engine_for")


async def test_a_person_is_registered_updated_and_changed(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    created = await client.post("/v1/people", json=person(), headers=admin)
    assert (created.status_code, created.json()["outcome"]) == (201, "created")
    address = f"/v1/people/{created.json()['person_id']}"
    same = await client.post("/v1/people", json=person(), headers=admin)
    assert (same.status_code, same.json()["outcome"]) == (200, "unchanged")
    updated = await client.post("/v1/people", json=person(roles=["hr", "leader"]), headers=admin)
    assert (updated.status_code, updated.json()["outcome"]) == (200, "updated")
    assert same.json()["person_id"] == updated.json()["person_id"] == created.json()["person_id"]
    patched = await client.patch(address, json={"family_name": "Neu"}, headers=admin)
    assert patched.status_code == 200
    shown = await client.get(address, headers=admin)
    expected = {
        **person(family_name="Neu", roles=["hr", "leader"]),
        "user_name": "4711",
        "job_family_id": None,
        "has_left": False,
        "leaves_on": None,
        "erase_on": None,
    }
    assert shown.json() == patched.json() == {"person_id": created.json()["person_id"], **expected}
    assert (await client.get("/v1/people", headers=admin)).json() == [shown.json()]
    assert (await client.patch(address, json={}, headers=admin)).json() == shown.json()


async def test_another_tenants_people_are_not_there(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    created = await client.post("/v1/people", json=person(), headers=admin)
    foreign = bearer("x", "tenant-admin", str(uuid4()))
    for address in (created.json()["person_id"], uuid4()):
        for suffix in ("", "/record"):
            answer = await client.get(f"/v1/people/{address}{suffix}", headers=foreign)
            assert answer.status_code == 404
    assert (await client.get("/v1/people", headers=foreign)).json() == []
    assert (await client.get("/v1/tenant", headers=foreign)).status_code == 404
    not_active = await client.post("/v1/people", json=person(), headers=foreign)
    assert (not_active.status_code, not_active.json()["code"]) == (403, "tenant_not_active")
    gone = await client.patch(f"/v1/people/{uuid4()}", json={"email": "a@b.de"}, headers=admin)
    assert gone.status_code == 404


async def test_people_need_an_administrator_of_one_tenant(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    tenant_id = str(tenant_of(admin))
    callers = [
        bearer("x", "learner", tenant_id),
        bearer("x", "tenant-admin"),
        bearer("x", "tenant-admin", f"{tenant_id},{uuid4()}"),
        OPERATOR,
    ]
    for caller in callers:
        assert (await client.get("/v1/people", headers=caller)).status_code == 403
        assert (await client.post("/v1/people", json=person(), headers=caller)).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"external_id": ""},
        {"external_id": NUL},
        {"external_id": "a" * 101},
        {"given_name": f"L{NUL}"},
        {"given_name": None},
        {"family_name": "a" * 201},
        {"email": "nobody"},
        {"roles": []},
        {"roles": ["king"]},
        {"roles": "learner"},
        {"password": "x"},
        {"given_name": "\ud800"},
    ],
)
async def test_people_that_cannot_be(
    client: httpx.AsyncClient, admin: dict[str, str], changes: dict[str, Any]
) -> None:
    body = person(**changes)
    alone = await post_json(client, "/v1/people", body, admin)
    assert (alone.status_code, alone.json()["code"]) == (422, "invalid_request"), alone.text
    people = [person(external_id="1"), body]
    bulk = await post_json(client, "/v1/people/bulk", {"people": people}, admin)
    assert bulk.status_code == 422, bulk.text
    assert all(each["field"].startswith("body.people.1.") for each in bulk.json()["errors"])
    assert "luisa@example.org" not in bulk.text
    assert (await client.get("/v1/people", headers=admin)).json() == []


async def test_names_of_fields_that_cannot_be(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    bodies: list[Any] = [person(**{"\ud800": "x"}), [], "x", None, {"people": {}}, {"people": [7]}]
    for body in bodies:
        for address in ("/v1/people", "/v1/people/bulk"):
            answer = await post_json(client, address, body, admin)
            assert answer.status_code == 422, answer.text


async def test_a_thousand_at_once(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    people = [person(external_id=f"{number:04}") for number in range(1_000)]
    started = perf_counter()
    created = await client.post("/v1/people/bulk", json={"people": people}, headers=admin)
    print(f"1,000 people over HTTP: {perf_counter() - started:.3f} s")
    assert created.status_code == 200, created.text
    items = created.json()["people"]
    assert [item["index"] for item in items] == list(range(1_000))
    assert {item["outcome"] for item in items} == {"created"}
    again = await client.post("/v1/people/bulk", json={"people": people}, headers=admin)
    assert {item["outcome"] for item in again.json()["people"]} == {"unchanged"}
    page = await client.get("/v1/people?limit=2&offset=998", headers=admin)
    assert [each["external_id"] for each in page.json()] == ["0998", "0999"]
    more = await client.post("/v1/people/bulk", json={"people": [*people, person()]}, headers=admin)
    assert more.status_code == 422


async def test_items_that_share_a_key_are_named(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    people = [person(external_id=key) for key in ("a", "b", " a ")]
    answer = await client.post("/v1/people/bulk", json={"people": people}, headers=admin)
    assert answer.status_code == 422
    assert "items 0, 2" in answer.json()["errors"][0]["detail"]


async def test_the_same_key_registers_once(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    headers = {**admin, "Idempotency-Key": "import-1"}
    body = {"people": [person(roles=["hr", "leader", "trainer"])]}
    first = await client.post("/v1/people/bulk", json=body, headers=headers)
    again = await client.post("/v1/people/bulk", json=body, headers=headers)
    assert first.json() == again.json()
    assert again.json()["people"][0]["outcome"] == "created"


async def test_what_a_person_completed(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    postgres_units: UnitsOfWork[PostgresUnitOfWork],
) -> None:
    created = await client.post("/v1/people", json=person(), headers=admin)
    tenant_id, person_id = tenant_of(admin), UUID(created.json()["person_id"])
    address = f"/v1/people/{person_id}/record"
    assert (await client.get(address, headers=admin)).json() == []
    booking_id = uuid4()
    async with postgres_units([tenant_id]) as work:
        for news in (Certificate(LATER, "https://x/1"), Completion(NOW, "Datenschutz")):
            await keep_records(work, [KeepRecord(tenant_id, booking_id, person_id, news)])
    assert (await client.get(address, headers=admin)).json() == [
        {
            "booking_id": str(booking_id),
            "title": "Datenschutz",
            "completed_at": "2026-11-21T12:00:00Z",
            "credential_url": "https://x/1",
        }
    ]


async def test_a_body_may_not_be_endless(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    answer = await client.post("/v1/people/bulk", content=b" " * 5_000_000, headers=admin)
    assert answer.status_code == 413, answer.text
