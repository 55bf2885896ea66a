"""Joining, over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import NUL, OPERATOR, application, bearer, post_json
from tests.member.outside import onboard

pytestmark = pytest.mark.usefixtures("engine_for")


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
    await onboard(postgres_units, UUID(tenant_id))
    shown = await client.get(f"/v1/applications/{tenant_id}", headers=applicant)
    assert shown.json()["tenant"]["status"] == "active"
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
            "key_prefixes": [],
        }
    ]


async def test_operators_find_tenants_by_name_key_id_kind_and_place(
    client: httpx.AsyncClient,
) -> None:
    word = f"Ä_{uuid4().hex[:8]}%"
    body = application(name=f"Stadt {word}", state="DE-RP")
    made = (await client.post("/v1/applications", json=body, headers=bearer())).json()["tenant"]
    for text in (word.lower(), made["official_key"], made["tenant_id"]):
        for more in ({}, {"kind": "municipality"}, {"state": "DE-RP"}, {"status": "applied"}):
            wanted = {"text": text, **more, "order": "name"}
            found = await client.get("/v1/applications", params=wanted, headers=OPERATOR)
            assert [each["tenant"]["tenant_id"] for each in found.json()] == [made["tenant_id"]]
        counts = await client.get(
            "/v1/applications/counts", params={"text": text}, headers=OPERATOR
        )
        assert counts.json()["total"] == counts.json()["by_status"]["applied"] == 1
    for other in ({"kind": "university"}, {"state": "DE-HE"}, {"status": "active"}):
        wanted = {"text": word, **other}
        found = await client.get("/v1/applications", params=wanted, headers=OPERATOR)
        assert found.json() == []
    nobody = await client.get("/v1/applications/counts", params={"text": word}, headers=bearer())
    assert nobody.status_code == 403
