"""The whole platform, started once for every story over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest_asyncio
from sqlalchemy import text

from deploy.local.stack import Stack
from deploy.names import SERVICES
from shared.auth.access import ROLES
from shared.database.engine import transaction
from tests.conftest import EngineFor
from tests.support.accounts import keycloak_accounts
from tests.support.processes import Process, running
from tests.system.http.case import Case, Tenants

Processes = Mapping[str, Process]

#: What a service is told here besides what the local start tells it: endpoints of the tests are on this machine.
MORE: Mapping[str, dict[str, Any]] = {"feed": {"ALLOW_LOOPBACK_ENDPOINTS": "true"}}


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def processes(platform: Stack, engine_for: EngineFor) -> AsyncIterator[Processes]:
    """Every service's `api` and `worker`, by names such as `voucher-worker`."""
    for service in SERVICES:
        # What other suites left unsent is about tenants that nobody was told of.
        async with transaction(engine_for(service)) as connection:
            await connection.execute(text("DELETE FROM outbox_pending"))
    started = {
        f"{service}-{kind}": Process(platform, service, kind, **MORE.get(service, {}))
        for service in SERVICES
        for kind in ("api", "worker")
    }
    with running(*started.values()):
        await asyncio.gather(*(each.ready() for each in started.values()))
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def case(platform: Stack, processes: Processes) -> AsyncIterator[Case]:
    """The platform as its users see it."""
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
        keycloak_accounts(platform, http) as accounts,
    ):
        yield Case(http, accounts, platform.ports)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def tenants(case: Case) -> Tenants:
    """A funder, a provider and a town, known to every service."""
    return await Tenants.join(case)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def mighty(case: Case, tenants: Tenants) -> str:
    """An account of the provider that may do everything: what it is refused is not for its rights."""
    return await case.colleague(tenants.provider, "operator", "approver", *ROLES)
