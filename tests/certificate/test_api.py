"""The HTTP contract over ASGI, on PostgreSQL; the public documents checked by another library."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from deploy.demo.independent import is_revoked_independently, verify_independently
from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.create_issuers import create_issuers
from services.certificate.application.issue_credentials import issue_credentials
from services.certificate.application.learn_people import learn_people
from services.certificate.application.record_awards import record_awards
from services.certificate.bootstrap import create_api, create_worker
from services.certificate.domain.award import Provider
from services.certificate.domain.errors import CertificateError
from services.certificate.settings import CertificateSettings
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.certificate.builders import activated, completed, described
from tests.certificate.conftest import act_as
from tests.certificate.samples import BASE

PROBLEM = "application/problem+json"


class MemoryCache:
    """A tenant cache that loses nothing."""

    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, str], bytes] = {}

    async def get(self, tenant_id: UUID, name: str) -> bytes | None:
        return self.kept.get((tenant_id, name))

    async def keep(self, tenant_id: UUID, name: str, value: bytes, *, seconds: int) -> None:
        self.kept[tenant_id, name] = value

    async def drop(self, tenant_id: UUID, name: str) -> None:
        self.kept.pop((tenant_id, name), None)


@dataclass(frozen=True)
class Issued:
    """A tenant with one credential."""

    tenant_id: UUID
    person_id: UUID
    booking_id: UUID
    credential_id: UUID

    @property
    def public(self) -> str:
        return f"/tenants/{self.tenant_id}/credentials/{self.credential_id}"

    @property
    def own(self) -> str:
        return f"/v1/credentials/{self.credential_id}"


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def issue(units: UnitsOfWork[PostgresUnitOfWork], **changes: Any) -> Issued:
    tenant_id, person_id, booking_id = uuid4(), uuid4(), uuid4()
    command = completed(tenant_id=tenant_id, person_id=person_id, booking_id=booking_id, **changes)
    async with units([tenant_id]) as work:
        await create_issuers(work, [activated(tenant_id)], utc_now())
        await learn_people(work, [described(person_id, tenant_id=tenant_id)])
        await record_awards(work, [command])
        await issue_credentials(work, utc_now(), 10)
        (award,) = await work.queries.credentials(None, None, 10, 0)
    assert award.credential_id
    return Issued(tenant_id, person_id, booking_id, award.credential_id)


@pytest.fixture
async def issued(units: UnitsOfWork[PostgresUnitOfWork]) -> Issued:
    return await issue(units)


async def documents(client: httpx.AsyncClient, issued: Issued) -> tuple[bytes, bytes, Any]:
    credential = await client.get(issued.public)
    status = await client.get(f"/tenants/{issued.tenant_id}/status/1")
    did = await client.get(f"/tenants/{issued.tenant_id}/did.json")
    for answer in (credential, status, did):
        assert answer.status_code == 200, answer.text
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"].startswith("public, max-age=")
    assert credential.headers["content-type"] == "application/vc+ld+json"
    assert status.headers["content-type"] == "application/vc+ld+json"
    assert did.headers["content-type"] == "application/did+json"
    return credential.content, status.content, did.json()


async def test_an_independent_verifier_accepts_what_is_published(
    client: httpx.AsyncClient, issued: Issued
) -> None:
    credential, status, did = await documents(client, issued)
    verify_independently(credential, did)
    assert not is_revoked_independently(credential, status, did)
    document = json.loads(credential)
    assert document["id"] == f"{BASE}{issued.public}"
    assert document["credentialStatus"]["statusListCredential"] == json.loads(status)["id"]


async def test_a_revocation_is_seen_at_once_and_repeated_without_effect(
    app: FastAPI, client: httpx.AsyncClient, issued: Issued
) -> None:
    app.state.cache = MemoryCache()
    act_as(app, issued.tenant_id, "tenant-admin")
    before, status, _ = await documents(client, issued)
    again, _, _ = await documents(client, issued)
    assert again == before
    assert app.state.cache.kept == {(issued.tenant_id, "status:1"): status}
    for reason in ("issued by mistake", "again"):
        answer = await client.post(f"{issued.own}/revocation", json={"reason": reason})
        assert answer.status_code == 200
        assert answer.json()["state"] == "revoked"
        assert answer.json()["revocation_reason"] == "issued by mistake"
    assert app.state.cache.kept == {}
    credential, status, did = await documents(client, issued)
    assert credential == before
    assert is_revoked_independently(credential, status, did)
    verification = (await client.get(f"{issued.public}/verification")).json()
    assert (verification["valid"], verification["revoked"]) == (False, True)


async def test_the_verification_names_its_checks(client: httpx.AsyncClient, issued: Issued) -> None:
    answer = await client.get(f"{issued.public}/verification")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    verification = answer.json()
    assert verification["valid"] is True
    assert verification["issuer"] == f"did:web:certificate.example:tenants:{issued.tenant_id}"
    assert {each["name"] for each in verification["checks"] if each["passed"]} == {
        "key_published",
        "signature",
        "not_revoked",
    }


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/vc+ld+json, text/html", "application/vc+ld+json"),
        ("*/*", "application/vc+ld+json"),
        ("nonsense\x7f", "application/vc+ld+json"),
    ],
)
async def test_a_browser_gets_a_page_and_a_verifier_the_bytes(
    client: httpx.AsyncClient, issued: Issued, accept: str, kind: str
) -> None:
    answer = await client.get(issued.public, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["vary"] == "Accept"


async def test_the_page_escapes_and_says_what_is_valid_now(
    app: FastAPI, client: httpx.AsyncClient, units: UnitsOfWork[PostgresUnitOfWork]
) -> None:
    evil = "<script>alert('x')</script> & {braces} \u2028"
    issued = await issue(
        units, name=evil, description=evil, provider=Provider(uuid4(), f"VHS {evil}")
    )
    page = await client.get(issued.public, headers={"Accept": "text/html"})
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Gültig" in page.text
    assert "Valid:" in page.text
    assert "Aylin" not in page.text
    assert f'href="{BASE}{issued.public}.json"' in page.text
    linked = await client.get(f"{issued.public}.json", headers={"Accept": "text/html"})
    assert linked.content == (await client.get(issued.public)).content
    act_as(app, issued.tenant_id, "tenant-admin")
    await client.post(f"{issued.own}/revocation", json={"reason": "mistake"})
    page = await client.get(issued.public, headers={"Accept": "text/html"})
    assert "Widerrufen" in page.text
    assert "Gültig" not in page.text


async def test_what_is_unknown_or_of_another_tenant_is_not_found(
    app: FastAPI,
    client: httpx.AsyncClient,
    issued: Issued,
    units: UnitsOfWork[PostgresUnitOfWork],
) -> None:
    other = await issue(units)
    act_as(app, other.tenant_id, "tenant-admin")
    paths = [
        f"/tenants/{uuid4()}/did.json",
        f"/tenants/{uuid4()}/status/1",
        f"/tenants/{issued.tenant_id}/status/2",
        f"/tenants/{other.tenant_id}/credentials/{issued.credential_id}",
        f"/tenants/{other.tenant_id}/credentials/{issued.credential_id}.json",
        f"/tenants/{other.tenant_id}/credentials/{issued.credential_id}/verification",
        issued.own,
    ]
    answers = [await client.get(path) for path in paths]
    answers.append(await client.post(f"{issued.own}/revocation", json={"reason": "x"}))
    for answer in answers:
        assert answer.status_code == 404, answer.url
        assert answer.headers["content-type"] == PROBLEM
    assert (await client.get(f"{issued.public}/verification")).json()["valid"] is True


@pytest.mark.parametrize(
    "path",
    [
        "/tenants/nobody/did.json",
        "/tenants/%00/did.json",
        f"/tenants/{UUID(int=1)}/credentials/x",
        f"/tenants/{UUID(int=1)}/credentials/x.json",
        f"/tenants/{UUID(int=1)}/status/0",
        f"/tenants/{UUID(int=1)}/status/{2**31}",
        f"/tenants/{UUID(int=1)}/status/one",
        "/v1/credentials?person_id=x",
        "/v1/credentials?limit=0",
        "/v1/credentials?offset=-1",
        "/v1/awards?state=waiting",
        "/v1/credentials/x",
    ],
)
async def test_a_bad_request_is_a_problem(
    app: FastAPI, client: httpx.AsyncClient, path: str
) -> None:
    act_as(app, uuid4(), "tenant-admin")
    answer = await client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": " "},
        {"reason": "a\x00b"},
        {"reason": "x" * 201},
        {"reason": 1},
        {"reason": "x", "extra": 1},
        [],
    ],
)
async def test_a_revocation_needs_a_reason(
    app: FastAPI, client: httpx.AsyncClient, issued: Issued, body: Any
) -> None:
    act_as(app, issued.tenant_id, "tenant-admin")
    answer = await client.post(f"{issued.own}/revocation", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM


async def test_only_a_tenants_administrator_reads_and_revokes(
    app: FastAPI, client: httpx.AsyncClient, issued: Issued
) -> None:
    paths = ["/v1/credentials", issued.own, "/v1/awards"]
    for path in paths:
        assert (await client.get(path)).status_code == 401
    act_as(app, issued.tenant_id)
    for path in paths:
        assert (await client.get(path)).status_code == 403
    answer = await client.post(f"{issued.own}/revocation", json={"reason": "x"})
    assert answer.status_code == 403


async def test_a_tenant_finds_its_credentials_and_awards(
    app: FastAPI, client: httpx.AsyncClient, issued: Issued
) -> None:
    act_as(app, issued.tenant_id, "tenant-admin")
    (found,) = (await client.get("/v1/credentials")).json()
    assert found == (await client.get(issued.own)).json()
    assert found["url"] == f"{BASE}{issued.public}"
    assert found["achievement"] == "Datenschutz kompakt"
    for query, count in (
        ({"person_id": issued.person_id}, 1),
        ({"booking_id": issued.booking_id}, 1),
        ({"person_id": uuid4()}, 0),
        ({"booking_id": uuid4()}, 0),
        ({"offset": 1}, 0),
    ):
        params = {name: str(value) for name, value in query.items()}
        assert len((await client.get("/v1/credentials", params=params)).json()) == count
    (award,) = (await client.get("/v1/awards", params={"state": "issued"})).json()
    assert (award["waiting_for"], award["booking_id"]) == ([], str(issued.booking_id))
    assert (await client.get("/v1/awards", params={"state": "pending"})).json() == []


async def test_a_pending_award_says_what_it_waits_for(
    app: FastAPI, client: httpx.AsyncClient, units: UnitsOfWork[PostgresUnitOfWork]
) -> None:
    tenant_id = uuid4()
    async with units([tenant_id]) as work:
        await record_awards(work, [completed(tenant_id=tenant_id)])
    act_as(app, tenant_id, "tenant-admin")
    (award,) = (await client.get("/v1/awards", params={"state": "pending"})).json()
    assert award["waiting_for"] == ["issuer_key", "recipient"]
    assert award["credential_id"] is None


@pytest.mark.parametrize("create", [create_api, create_worker])
def test_a_public_url_with_an_address_starts_nothing(
    settings: CertificateSettings, create: Callable[[CertificateSettings], FastAPI]
) -> None:
    with pytest.raises(CertificateError) as refused:
        create(settings.model_copy(update={"public_url": "http://127.0.0.1:8104"}))
    assert refused.value.code == "public_url_invalid"
