"""The HTTP contract on a real PostgreSQL; only who calls is decided by the test."""

from collections.abc import AsyncIterator
from json import dumps
from time import perf_counter, time
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.application.onboard_tenant import onboard_tenant
from services.member.bootstrap import create_api
from services.member.domain.record import Certificate, Completion
from services.member.settings import MemberSettings
from shared.auth.tokens import Caller, TokenError
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.member.builders import LATER, NOW, fresh_key
from tests.member.fakes import FakeIdentityProvider

if TYPE_CHECKING:
    from deploy.local.stack import Stack

pytestmark = pytest.mark.usefixtures("engine_for")

NUL = "\x00"


class Tokens:
    """Stands in for the issuer: a token is `subject|roles|tenants`."""

    async def authenticate(self, token: str) -> Caller:
        parts = token.split("|")
        if len(parts) != 3:
            raise TokenError("the token is not signed by the platform's issuer")
        subject, roles, tenants = parts
        return Caller(
            subject=subject,
            roles=frozenset(roles.split(",")),
            tenant_ids=tuple(UUID(each) for each in tenants.split(",") if each),
            expires_at=time() + 60,
        )


def bearer(subject: str = "", roles: str = "", tenants: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {subject or uuid4()}|{roles}|{tenants}"}


OPERATOR = bearer("op", "operator")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(stack: "Stack", migrated: Any) -> AsyncIterator[httpx.AsyncClient]:
    migrated("member")
    settings = MemberSettings(
        database_url=stack.service_environment("member")["DATABASE_URL"],
        redis_url="redis://127.0.0.1:1",
    )
    app = create_api(settings)
    app.state.authenticator = Tokens()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://member") as made,
    ):
        yield made


def application(**changes: Any) -> dict[str, Any]:
    usual = {
        "name": "Ludwigshafen am Rhein",
        "kind": "municipality",
        "official_key": fresh_key().digits,
        "state": "DE-RP",
        "regions": ["mrn"],
        "contact_email": "bildung@example.org",
    }
    return {**usual, **changes}


def person(**changes: Any) -> dict[str, Any]:
    usual = {
        "external_id": "4711",
        "given_name": "Luisa",
        "family_name": "Rheinufer",
        "email": "luisa@example.org",
        "roles": ["learner"],
    }
    return {**usual, **changes}


@pytest_asyncio.fixture
async def admin(
    client: httpx.AsyncClient, postgres_units: UnitsOfWork[PostgresUnitOfWork]
) -> dict[str, str]:
    """The administrator of a tenant that came all the way over HTTP."""
    subject = str(uuid4())
    applied = await client.post("/v1/applications", json=application(), headers=bearer(subject))
    tenant_id = applied.json()["tenant"]["tenant_id"]
    approved = await client.post(f"/v1/applications/{tenant_id}/approval", headers=OPERATOR)
    assert approved.status_code == 200
    await onboard_tenant(postgres_units, FakeIdentityProvider(), UUID(tenant_id), utc_now())
    return bearer(subject, "tenant-admin", tenant_id)


def tenant_of(headers: dict[str, str]) -> UUID:
    return UUID(headers["Authorization"].rpartition("|")[2])


async def test_an_application_from_start_to_end(
    client: httpx.AsyncClient, postgres_units: UnitsOfWork[PostgresUnitOfWork]
) -> None:
    applicant = bearer("applicant-1")
    body = application()
    applied = await client.post("/v1/applications", json=body, headers=applicant)
    assert applied.status_code == 201, applied.text
    tenant_id = applied.json()["tenant"]["tenant_id"]
    assert applied.json()["tenant"]["status"] == "applied"
    again = await client.post("/v1/applications", json=body, headers=applicant)
    assert (again.status_code, again.json()["code"]) == (409, "official_key_taken")
    listed = await client.get("/v1/applications?status=applied&limit=500", headers=OPERATOR)
    assert tenant_id in {each["tenant"]["tenant_id"] for each in listed.json()}
    for _ in range(2):
        approved = await client.post(f"/v1/applications/{tenant_id}/approval", headers=OPERATOR)
        assert approved.json()["tenant"]["status"] == "approved"
    refused = await client.post(
        f"/v1/applications/{tenant_id}/refusal", headers=OPERATOR, json={"reason": "no"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "application_decided")
    await onboard_tenant(postgres_units, FakeIdentityProvider(), UUID(tenant_id), utc_now())
    shown = await client.get(f"/v1/applications/{tenant_id}", headers=applicant)
    assert shown.json()["tenant"]["status"] == "active"
    assert shown.json()["onboarding"]["steps_done"] == ["organization", "membership", "roles"]
    own = await client.get("/v1/tenant", headers=bearer("applicant-1", "", tenant_id))
    assert own.json() == shown.json()["tenant"]


async def test_an_application_is_refused_with_a_reason(client: httpx.AsyncClient) -> None:
    applicant = bearer("applicant-2")
    applied = await client.post("/v1/applications", json=application(), headers=applicant)
    address = f"/v1/applications/{applied.json()['tenant']['tenant_id']}"
    for reason in ("not a public body", "something else"):
        refused = await client.post(f"{address}/refusal", headers=OPERATOR, json={"reason": reason})
        assert refused.status_code == 200
    shown = await client.get(address, headers=applicant)
    assert shown.json()["tenant"]["reason"] == "not a public body"
    approved = await client.post(f"{address}/approval", headers=OPERATOR)
    assert (approved.status_code, approved.json()["code"]) == (409, "application_decided")


async def test_the_same_idempotency_key_applies_once(client: httpx.AsyncClient) -> None:
    headers = {**bearer("applicant-3"), "Idempotency-Key": "k1"}
    body = application()
    first = await client.post("/v1/applications", json=body, headers=headers)
    again = await client.post("/v1/applications", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await client.post("/v1/applications", json=application(), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    stranger = {**bearer("applicant-4"), "Idempotency-Key": "k1"}
    theirs = await client.post("/v1/applications", json=application(), headers=stranger)
    assert theirs.status_code == 201
    # By now the first applicant acts for the tenant; the repeated request still gets its answer.
    tenant_id = first.json()["tenant"]["tenant_id"]
    acting = {**bearer("applicant-3", "", tenant_id), "Idempotency-Key": "k1"}
    assert (await client.post("/v1/applications", json=body, headers=acting)).status_code == 201
    acting.pop("Idempotency-Key")
    twice = await client.post("/v1/applications", json=application(), headers=acting)
    assert (twice.status_code, twice.json()["code"]) == (409, "applicant_has_tenant")


async def test_only_the_applicant_and_operators_see_an_application(
    client: httpx.AsyncClient,
) -> None:
    applied = await client.post("/v1/applications", json=application(), headers=bearer("owner"))
    tenant_id = applied.json()["tenant"]["tenant_id"]
    address = f"/v1/applications/{tenant_id}"
    assert (await client.get(address, headers=bearer("other"))).status_code == 404
    assert (await client.get(address, headers=OPERATOR)).status_code == 200
    assert (await client.get(address)).status_code == 401
    assert (await client.get(address, headers={"Authorization": "Bearer x"})).status_code == 401
    assert (await client.get(f"/v1/applications/{uuid4()}", headers=OPERATOR)).status_code == 404
    for wrong in (bearer("owner"), bearer("owner", "tenant-admin", tenant_id)):
        assert (await client.get("/v1/applications", headers=wrong)).status_code == 403
        assert (await client.post(f"{address}/approval", headers=wrong)).status_code == 403
        refusal = await client.post(f"{address}/refusal", headers=wrong, json={"reason": "no"})
        assert refusal.status_code == 403
    for act in ("approval", "refusal"):
        missing = await client.post(
            f"/v1/applications/{uuid4()}/{act}", headers=OPERATOR, json={"reason": "no"}
        )
        assert missing.status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "invalid_request"),
        ({"name": f"a{NUL}b"}, "invalid_request"),
        ({"name": "a" * 201}, "invalid_request"),
        ({"name": 7}, "invalid_request"),
        ({"name": None}, "invalid_request"),
        ({"kind": "club"}, "invalid_request"),
        ({"official_key": "0731400"}, "invalid_request"),
        ({"official_key": 7314000}, "invalid_request"),
        ({"official_key": "07314000\n"}, "invalid_request"),
        ({"official_key": "\uff10\uff17\uff13\uff11\uff14\uff10\uff10\uff10"}, "invalid_request"),
        ({"official_key": "08222000"}, "official_key_elsewhere"),
        ({"official_key": None}, "official_key_missing"),
        ({"state": "DE-XX"}, "state_unknown"),
        ({"state": f"DE{NUL}"}, "invalid_request"),
        ({"state": "LU"}, "official_key_elsewhere"),
        ({"regions": ["ruhr"]}, "region_unknown"),
        ({"regions": ["mrn"] * 21}, "invalid_request"),
        ({"regions": "mrn"}, "invalid_request"),
        (
            {"state": "DE-BY", "kind": "partner", "official_key": None},
            "region_elsewhere",
        ),
        ({"contact_email": "nobody"}, "invalid_request"),
        ({"contact_email": "a" * 300 + "@b.de"}, "invalid_request"),
        ({"tenant_id": str(uuid4())}, "invalid_request"),
        ({"name": "\ud800"}, "invalid_request"),
    ],
)
async def test_applications_that_cannot_be(
    client: httpx.AsyncClient, changes: dict[str, Any], code: str
) -> None:
    answer = await post_json(client, "/v1/applications", application(**changes), bearer("wrong"))
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def post_json(
    client: httpx.AsyncClient, address: str, body: object, headers: dict[str, str]
) -> httpx.Response:
    """Also what httpx itself would refuse to encode."""
    content = dumps(body).encode()
    json_headers = {**headers, "Content-Type": "application/json"}
    return await client.post(address, content=content, headers=json_headers)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/v1/applications/x", 422),
        ("GET", "/v1/applications?status=lost", 422),
        ("GET", "/v1/applications?limit=0", 422),
        ("GET", "/v1/applications?offset=99999999999999999999", 422),
        ("GET", "/v1/applications/%00", 422),
        ("POST", "/v1/applications/x/approval", 422),
        ("DELETE", "/v1/applications", 405),
    ],
)
async def test_addresses_that_cannot_be(
    client: httpx.AsyncClient, method: str, address: str, status: int
) -> None:
    answer = await client.request(method, address, headers=OPERATOR)
    assert answer.status_code == status, answer.text


async def test_regions_are_public(client: httpx.AsyncClient) -> None:
    areas = (await client.get("/v1/regions")).json()
    assert len(areas["states"]) == 17
    assert areas["regions"] == [
        {
            "code": "mrn",
            "name": "Metropolregion Rhein-Neckar",
            "states": ["DE-BW", "DE-HE", "DE-RP"],
        }
    ]


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
    expected = {**person(family_name="Neu", roles=["hr", "leader"])}
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
