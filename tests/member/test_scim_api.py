"""SCIM over HTTP on a real PostgreSQL: what directories send, what they get, and what cannot hurt."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import PUBLIC_URL, person, tenant_of
from tests.member.scim import ENTERPRISE, GROUP, USER, Directory, patch, user

pytestmark = pytest.mark.usefixtures("engine_for")

Units = UnitsOfWork[PostgresUnitOfWork]


@pytest_asyncio.fixture
async def directory(client: httpx.AsyncClient, admin: dict[str, str]) -> Directory:
    return await Directory.of(client, admin)


async def events_of(units: Units, tenant_id: Any, person_id: str) -> list[str]:
    """What was told of a person, in order."""
    async with units([tenant_id]) as work:
        rows = await work.connection.exec_driver_sql(
            "SELECT type FROM outbox_event WHERE key = $1 ORDER BY id",
            (f"{tenant_id}:{person_id}",),
        )
        return [row.type for row in rows]


async def test_a_user_is_the_same_person_as_in_the_tenant_api(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    directory: Directory,
    postgres_units: Units,
) -> None:
    made = await directory.add(externalId="4711", roles=[{"value": "leader"}])
    shown = (await client.get(f"/v1/people/{made['id']}", headers=admin)).json()
    assert shown["external_id"] == "4711"
    assert shown["user_name"] == made["userName"] == shown["email"]
    assert set(shown["roles"]) == {"learner", "leader"}
    again = await client.post("/v1/people", json=person(external_id="4711"), headers=admin)
    assert (again.status_code, again.json()["person_id"]) == (200, made["id"])
    read = (await directory.ask("GET", f"/Users/{made['id']}")).json()
    assert read["emails"] == [{"value": "luisa@example.org", "type": "work", "primary": True}]
    assert "roles" not in read, "everybody is a learner"
    told = await events_of(postgres_units, tenant_of(admin), made["id"])
    registered, described = "person.registered.v1", "person.described.v1"
    assert told == [registered, described, registered, described]
    by_hand = await client.post("/v1/people", json=person(external_id="0815"), headers=admin)
    assert await directory.find('externalId eq "0815"') == [by_hand.json()["person_id"]]
    assert await directory.find('userName eq "0815"') == [by_hand.json()["person_id"]]


async def test_addresses_are_those_of_the_public_url(directory: Directory) -> None:
    """Also behind an ingress that ends TLS, where the request itself says http."""
    answer = await directory.ask("POST", "/Users", json=user())
    made = answer.json()
    address = f"{PUBLIC_URL}{directory.base}/Users/{made['id']}"
    assert made["meta"]["location"] == answer.headers["location"] == address
    group = {"schemas": [GROUP], "displayName": "Bauamt", "members": [{"value": made["id"]}]}
    unit = (await directory.ask("POST", "/Groups", json=group)).json()
    assert unit["members"][0]["$ref"] == address
    listed = (await directory.ask("GET", "/Users")).json()["Resources"]
    assert [each["meta"]["location"] for each in listed] == [address]
    types = (await directory.ask("GET", "/ResourceTypes/User")).json()
    assert types["meta"]["location"].startswith(PUBLIC_URL + directory.base)


async def test_patch_answers_with_the_whole_user(directory: Directory) -> None:
    made = await directory.add()
    address = f"/Users/{made['id']}"
    body = patch(
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "neu@example.org"},
        {"op": "replace", "value": {"name.familyName": "Neu", f"{ENTERPRISE}:department": "Bau"}},
        {"op": "add", "path": "phoneNumbers", "value": [{"value": "not kept"}]},
    )
    answer = await directory.ask("PATCH", address, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == {"givenName": "Luisa", "familyName": "Neu"}
    assert answer.json()["emails"][0]["value"] == "neu@example.org"
    assert answer.json()[ENTERPRISE] == {"department": "Bau"}
    assert "phoneNumbers" not in answer.json()
    assert answer.headers["etag"] == answer.json()["meta"]["version"] == 'W/"2"'
    assert answer.headers["content-type"].startswith("application/scim+json")
    same = await directory.ask("GET", address, headers={"If-None-Match": 'W/"2"'})
    assert same.status_code == 304
    stale = await directory.ask("PATCH", address, json=body, headers={"If-Match": 'W/"1"'})
    assert stale.status_code == 412
    put = await directory.ask("PUT", address, json=user(externalId=None))
    assert put.status_code == 200, put.text
    assert ENTERPRISE not in put.json()


async def test_a_user_who_is_not_active_has_left(
    client: httpx.AsyncClient, admin: dict[str, str], directory: Directory, postgres_units: Units
) -> None:
    made = await directory.add()
    address = f"/Users/{made['id']}"
    for active in (False, True):
        body = patch({"op": "replace", "path": "active", "value": active})
        assert (await directory.ask("PATCH", address, json=body)).json()["active"] is active
        shown = (await client.get(f"/v1/people/{made['id']}", headers=admin)).json()
        assert shown["has_left"] is not active
        assert await directory.find(f"active eq {str(active).lower()}") == [made["id"]]
    gone = await directory.ask("DELETE", address)
    assert gone.status_code == 204
    for method in ("GET", "DELETE"):
        assert (await directory.ask(method, address)).status_code == 404
    assert await directory.find("userName pr") == []
    shown = (await client.get(f"/v1/people/{made['id']}", headers=admin)).json()
    assert shown["has_left"]
    assert shown["erase_on"] == str(utc_now().date() + timedelta(days=90))
    anew = await directory.add(userName=made["userName"], externalId=made["externalId"])
    assert anew["id"] != made["id"], "the next of that name is somebody else"
    back = await client.post(f"/v1/people/{made['id']}/return", headers=admin)
    assert (back.status_code, back.json()["code"]) in {
        (409, "user_name_taken"),
        (409, "external_id_taken"),
    }
    told = await events_of(postgres_units, tenant_of(admin), made["id"])
    registered, left = "person.registered.v1", "person.left.v1"
    assert told == [registered, "person.described.v1", left, registered, left]


async def test_groups_are_units(
    client: httpx.AsyncClient, admin: dict[str, str], directory: Directory
) -> None:
    members = [await directory.add() for _ in range(3)]
    group = {
        "schemas": [GROUP],
        "displayName": "Bauamt",
        "members": [{"value": each["id"]} for each in members[:2]],
    }
    made = (await directory.ask("POST", "/Groups", json=group)).json()
    unit = (await client.get(f"/v1/org-units/{made['id']}", headers=admin)).json()
    assert unit["name"] == "Bauamt"
    assert set(unit["members"]) == {each["id"] for each in members[:2]}
    body = patch(
        {"op": "add", "path": "members", "value": [{"value": members[2]["id"]}]},
        {"op": "remove", "path": f'members[value eq "{members[0]["id"]}"]'},
    )
    asked = {"attributes": "members.value,members.display"}
    changed = await directory.ask("PATCH", f"/Groups/{made['id']}", json=body, params=asked)
    assert changed.status_code == 200, changed.text
    assert {each["value"] for each in changed.json()["members"]} == {
        members[1]["id"],
        members[2]["id"],
    }
    assert {each["display"] for each in changed.json()["members"]} == {"Luisa Rheinufer"}
    shown = (await directory.ask("GET", f"/Users/{members[2]['id']}")).json()
    assert [each["display"] for each in shown["groups"]] == ["Bauamt"]
    assert await directory.find(f'groups.value eq "{made["id"]}"', sortBy="userName")
    found = await directory.find(f'members[value eq "{members[1]["id"]}"]', "/Groups")
    assert found == [made["id"]]
    stranger = patch({"op": "add", "path": "members", "value": [{"value": str(uuid4())}]})
    refused = await directory.ask("PATCH", f"/Groups/{made['id']}", json=stranger)
    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidValue")
    assert (await directory.ask("DELETE", f"/Groups/{made['id']}")).status_code == 204
    assert "groups" not in (await directory.ask("GET", f"/Users/{members[2]['id']}")).json()


async def test_pages_are_sorted_and_counted(directory: Directory) -> None:
    names = ["dora", "Anna", "berta", "Cäcilie"]
    made = {name: (await directory.add(userName=f"{name}@example.org"))["id"] for name in names}
    expected = [made[name] for name in sorted(names, key=str.lower)]
    pages = []
    for start in (1, 3):
        answer = await directory.ask(
            "GET", "/Users", params={"sortBy": "userName", "startIndex": start, "count": 2}
        )
        assert (answer.json()["totalResults"], answer.json()["startIndex"]) == (4, start)
        pages += [each["id"] for each in answer.json()["Resources"]]
    assert pages == expected
    down = await directory.find("userName pr", sortBy="userName", sortOrder="descending")
    assert down == expected[::-1]
    none = await directory.ask("GET", "/Users", params={"count": 0})
    assert (none.json()["totalResults"], none.json().get("Resources", [])) == (4, [])


async def test_two_at_once_do_not_become_one_person_twice(directory: Directory) -> None:
    body = user()
    answers = await asyncio.gather(*(directory.ask("POST", "/Users", json=body) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert {each.json()["scimType"] for each in answers if each.status_code == 409} == {
        "uniqueness"
    }
    made = next(each.json() for each in answers if each.status_code == 201)
    address = f"/Users/{made['id']}"
    adding = [
        directory.ask(
            "PATCH",
            address,
            json=patch({"op": "add", "path": "roles", "value": [{"value": role}]}),
        )
        for role in ("leader", "hr", "trainer", "auditor")
    ]
    assert {each.status_code for each in await asyncio.gather(*adding)} == {200}
    read = (await directory.ask("GET", address)).json()
    assert {each["value"] for each in read["roles"]} == {"leader", "hr", "trainer", "auditor"}


async def test_tokens_rotate(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    first, second = await Directory.of(client, admin), await Directory.of(client, admin)
    third = await client.post("/v1/scim-tokens", headers=admin)
    assert (third.status_code, third.json()["code"]) == (409, "too_many_scim_tokens")
    listed = (await client.get("/v1/scim-tokens", headers=admin)).json()
    assert len(listed) == 2
    assert "secret" not in json.dumps(listed)
    foreign = await client.delete(
        f"/v1/scim-tokens/{listed[1]['token_id']}",
        headers=admin | {"Authorization": f"Bearer x|tenant-admin|{uuid4()}"},
    )
    assert foreign.status_code == 404
    for _ in range(2):
        oldest = f"/v1/scim-tokens/{listed[1]['token_id']}"
        assert (await client.delete(oldest, headers=admin)).json()["revoked_at"]
    assert (await first.ask("GET", "/Users")).status_code == 401
    assert (await second.ask("GET", "/Users")).status_code == 200
    assert (await client.post("/v1/scim-tokens", headers=admin)).status_code == 201


@pytest.mark.parametrize(
    ("scim_filter", "scim_type"),
    [
        ('userName eq "' + "x" * 10_000 + '"', "invalidFilter"),
        ("(" * 900 + "userName pr" + ")" * 899, "invalidFilter"),
        ("not (" * 60 + "userName pr" + ")" * 60, "invalidFilter"),
        ("userName", "invalidFilter"),
        ('password eq "x"', "invalidFilter"),
        ('meta.location eq "x"', "invalidFilter"),
        ("active gt true", "invalidFilter"),
    ],
)
async def test_filters_that_cannot_be(
    directory: Directory, scim_filter: str, scim_type: str
) -> None:
    for answer in (
        await directory.ask("GET", "/Users", params={"filter": scim_filter}),
        await directory.ask("POST", "/Users/.search", json={"filter": scim_filter}),
    ):
        assert (answer.status_code, answer.json().get("scimType")) == (400, scim_type), answer.text
        assert answer.json()["detail"]


@pytest.mark.parametrize(
    "changes",
    [
        {"userName": None},
        {"userName": " "},
        {"userName": "x" * 101},
        {"userName": "a\x00b"},
        {"userName": "\ud800"},
        {"externalId": "x" * 101},
        {"name": {"familyName": "x" * 201}},
        {"name": "Luisa"},
        {"emails": [{"value": "nobody"}]},
        {"emails": [{"value": f"a{n}@b.de"} for n in range(11)]},
        {"roles": [{"value": "king"}]},
        {"active": "perhaps"},
    ],
)
async def test_users_that_cannot_be(directory: Directory, changes: dict[str, Any]) -> None:
    answer = await directory.ask(
        "POST",
        "/Users",
        content=json.dumps(user(**changes)).encode(),
        headers={"Content-Type": "application/scim+json"},
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/Users?startIndex=99999999999999999999", None, 400),
        ("GET", "/Users?count=-1", None, 200),
        ("GET", "/Users?count=x", None, 400),
        ("GET", "/Users?attributes=%00", None, 400),
        ("GET", "/Users/x", None, 404),
        ("GET", "/Users/%00", None, 404),
        ("GET", "/Lost", None, 404),
        ("GET", "/Me", None, 501),
        ("GET", "/", None, 501),
        ("POST", "/Bulk", b"{}", 501),
        ("DELETE", "/Users", None, 405),
        ("POST", "/Users", b"[" * 100_000, 400),
        ("POST", "/Users", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400),
        ("POST", "/Users", b"\xff", 400),
        ("POST", "/Users", b"null", 400),
        ("POST", "/Users", b"x" * (5 * 1024 * 1024), 413),
    ],
)
async def test_requests_that_cannot_be(
    directory: Directory, method: str, path: str, body: bytes | None, status: int
) -> None:
    answer = await directory.ask(method, path, content=body)
    assert answer.status_code == status, answer.text[:500]
    if status >= 400:
        assert answer.headers["content-type"] == "application/scim+json"


@pytest.mark.parametrize(
    ("operations", "scim_type"),
    [
        ([{"op": "remove", "path": "displayName"}] * 1_001, "invalidValue"),
        ([{"op": "remove", "path": "emails[" + "(" * 10_000 + "value pr"}], "invalidPath"),
        ([{"op": "remove", "path": "emails[value pr"}], "invalidPath"),
        ([{"op": "replace", "path": "id", "value": "x"}], "mutability"),
    ],
)
async def test_patches_that_cannot_be(
    directory: Directory, operations: list[dict[str, Any]], scim_type: str
) -> None:
    made = await directory.add()
    answer = await directory.ask("PATCH", f"/Users/{made['id']}", json=patch(*operations))
    assert (answer.status_code, answer.json().get("scimType")) == (400, scim_type), answer.text


async def test_a_suspended_or_unknown_tenant_changes_nothing(
    client: httpx.AsyncClient, admin: dict[str, str], directory: Directory, postgres_units: Units
) -> None:
    made = await directory.add()
    async with postgres_units([tenant_of(admin)]) as work:
        await work.connection.exec_driver_sql("UPDATE tenant SET status = 'approved'")
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{made['id']}")):
        answer = await directory.ask(method, path, json=user(schemas=[USER]))
        assert answer.status_code == 403, answer.text
