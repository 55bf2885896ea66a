"""The HTTP contract on a real PostgreSQL; only who calls is decided by the test."""

from collections.abc import AsyncIterator
from json import dumps
from time import time
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.bootstrap import create_api
from services.member.settings import MemberSettings
from shared.auth.tokens import Caller, TokenError
from shared.database.unit_of_work import UnitsOfWork
from tests.member.builders import fresh_key
from tests.member.outside import FakeBroker, FakeLinker, onboard
from tests.member.servers import Zone

if TYPE_CHECKING:
    from deploy.local.stack import Stack


NUL = "\x00"
#: What an ingress with TLS is reached by; the service itself is asked at `http://member`.
PUBLIC_URL = "https://member.example.org"


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
            email=f"{subject}@example.org",
        )


def bearer(subject: str = "", roles: str = "", tenants: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {subject or uuid4()}|{roles}|{tenants}"}


OPERATOR = bearer("op", "operator")


@pytest.fixture(scope="session")
def broker() -> FakeBroker:
    """The broker that the addresses reach."""
    return FakeBroker()


@pytest.fixture(scope="session")
def linker() -> FakeLinker:
    """Where the addresses link identity providers."""
    return FakeLinker()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(
    stack: "Stack", migrated: Any, zone: Zone, broker: FakeBroker, linker: FakeLinker
) -> AsyncIterator[httpx.AsyncClient]:
    migrated("member")
    settings = MemberSettings(
        database_url=stack.service_environment("member")["DATABASE_URL"],
        redis_url="redis://127.0.0.1:1",
        kafka_bootstrap_servers="broker.example.org:9092",
        dns_nameserver=zone.address,
        public_url=PUBLIC_URL,
        allow_loopback_identity_providers=True,
    )
    app = create_api(settings)
    app.state.authenticator = Tokens()
    app.state.connect_broker = broker.connected
    app.state.connect_linker = linker.connected
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
    return await new_admin(client, postgres_units)


@pytest_asyncio.fixture
async def other_admin(
    client: httpx.AsyncClient, postgres_units: UnitsOfWork[PostgresUnitOfWork]
) -> dict[str, str]:
    """The administrator of another tenant."""
    return await new_admin(client, postgres_units)


async def new_admin(
    client: httpx.AsyncClient, postgres_units: UnitsOfWork[PostgresUnitOfWork]
) -> dict[str, str]:
    """The administrator of one more tenant."""
    subject = str(uuid4())
    applied = await client.post("/v1/applications", json=application(), headers=bearer(subject))
    tenant_id = applied.json()["tenant"]["tenant_id"]
    approved = await client.post(f"/v1/applications/{tenant_id}/approval", headers=OPERATOR)
    assert approved.status_code == 200
    await onboard(postgres_units, UUID(tenant_id))
    return bearer(subject, "tenant-admin", tenant_id)


def tenant_of(headers: dict[str, str]) -> UUID:
    return UUID(headers["Authorization"].rpartition("|")[2])


async def post_json(
    client: httpx.AsyncClient, address: str, body: object, headers: dict[str, str]
) -> httpx.Response:
    """Also what httpx itself would refuse to encode."""
    content = dumps(body).encode()
    json_headers = {**headers, "Content-Type": "application/json"}
    return await client.post(address, content=content, headers=json_headers)
