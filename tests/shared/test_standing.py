"""A tenant's status closes the door: at once for who changes something, soon for who reads."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth import standing
from shared.auth.dependencies import TenantCaller, authenticated, for_tenant
from shared.auth.standing import StandingReads, TenantStandings
from shared.auth.tokens import Caller
from shared.database.engine import transaction
from shared.database.reading import Reader, Reads
from shared.http.app import create_app
from shared.settings import Settings
from tests.support.apps import nothing_to_start
from tests.support.problems import assert_problem

if TYPE_CHECKING:
    from tests.conftest import EngineFor

#: Every service keeps tenants; this suite takes the one whose copy has the fewest columns.
SERVICE = "catalogue"


@pytest.fixture
def engine(engine_for: "EngineFor") -> AsyncEngine:
    return engine_for(SERVICE)


@pytest.fixture
def tenant_id() -> UUID:
    return uuid4()


@pytest_asyncio.fixture(loop_scope="session")
async def reads(engine: AsyncEngine) -> AsyncIterator[Reads[StandingReads]]:
    reader = Reader(Settings(database_url=engine.url.render_as_string(hide_password=False)))
    async with reader.running():
        yield reader.reads(StandingReads)


@pytest.fixture
async def client(reads: Reads[StandingReads], tenant_id: UUID) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(title="Doors", description="", checks={}, lifespan=nothing_to_start)
    app.state.standings = TenantStandings(reads)
    caller = Caller("somebody", frozenset({"tenant-admin"}), (tenant_id,), float("inf"))
    app.dependency_overrides[authenticated] = lambda: caller
    _add_doors(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://doors") as made:
        yield made


def _add_doors(app: FastAPI) -> None:
    members, leavers = for_tenant(), for_tenant("tenant-admin", leaver=True)

    @app.api_route("/own", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def own(caller: Annotated[TenantCaller, Depends(members)]) -> UUID:
        return caller.tenant_id

    @app.get("/export")
    async def export(caller: Annotated[TenantCaller, Depends(leavers)]) -> UUID:
        return caller.tenant_id


async def become(engine: AsyncEngine, tenant_id: UUID, status: str) -> None:
    put = text(
        "INSERT INTO tenant (tenant_id, name, status, version) VALUES (:id, 'Speyer', :status, 1)"
        " ON CONFLICT (tenant_id) DO UPDATE SET status = EXCLUDED.status"
    )
    async with transaction(engine, [tenant_id]) as connection:
        await connection.execute(put, {"id": tenant_id, "status": status})


CHANGES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("status", ["", "active", "leaving"])
async def test_who_may_act_may(
    engine: AsyncEngine, client: httpx.AsyncClient, tenant_id: UUID, status: str
) -> None:
    if status:
        await become(engine, tenant_id, status)
    for method in ("GET", *CHANGES):
        assert (await client.request(method, "/own")).status_code == 200


async def test_who_is_suspended_reads(
    engine: AsyncEngine, client: httpx.AsyncClient, tenant_id: UUID
) -> None:
    await become(engine, tenant_id, "active")
    assert (await client.get("/own")).status_code == 200
    await become(engine, tenant_id, "suspended")
    for method in CHANGES:
        assert_problem(await client.request(method, "/own"), 403, "tenant_suspended")
    for method in ("GET", "HEAD"):
        assert (await client.request(method, "/own")).status_code == 200
    await become(engine, tenant_id, "active")
    for method in CHANGES:
        assert (await client.request(method, "/own")).status_code == 200


async def test_who_has_left_gets_what_is_for_leavers(
    engine: AsyncEngine, client: httpx.AsyncClient, tenant_id: UUID
) -> None:
    await become(engine, tenant_id, "left")
    for method in ("GET", *CHANGES):
        problem = assert_problem(await client.request(method, "/own"), 403, "tenant_not_active")
        assert "/v1/tenant/export" in problem["detail"]
    assert (await client.get("/export")).status_code == 200


async def test_a_reader_is_looked_up_every_few_seconds(
    engine: AsyncEngine,
    client: httpx.AsyncClient,
    tenant_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr(standing, "monotonic", lambda: now)
    await become(engine, tenant_id, "active")
    assert (await client.get("/own")).status_code == 200
    await become(engine, tenant_id, "left")
    assert (await client.get("/own")).status_code == 200
    assert_problem(await client.post("/own"), 403, "tenant_not_active")
    assert_problem(await client.get("/own"), 403, "tenant_not_active")
    await become(engine, tenant_id, "active")
    now += standing.REMEMBERED_SECONDS
    assert (await client.get("/own")).status_code == 200


async def test_what_is_remembered_has_a_limit(
    engine: AsyncEngine, reads: Reads[StandingReads], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "REMEMBERED_TENANTS", 2)
    standings = TenantStandings(reads)
    for tenant_id in (one := uuid4(), uuid4(), uuid4()):
        await become(engine, tenant_id, "active")
        await standings.require(tenant_id, changes=False, leaver=False)
    assert len(standings._remembered) == 2
    assert one not in standings._remembered
