"""Tenants in one platform: the victim has something of everything, the stranger wants it.

The ally has an agreement with the victim and sees what that shares; at the bystander the gates are tried.
"""

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import time
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.names import SERVICES
from services.feed.adapters.epochs import EpochGuard
from services.feed.adapters.errand_events import write_errand
from services.feed.adapters.unit_of_work import PostgresUnitOfWork as FeedUnitOfWork
from services.feed.application.run_errands import ErrandRunner
from services.feed.application.webhook_ports import Message
from services.feed.domain.attempt import Result
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.machine_clients import settle_machine_client
from services.member.application.outgoing import tenant_activated
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork as VoucherUnitOfWork
from services.voucher.application.issue_statements import IssueStatements, issue_statements
from services.voucher.domain.party import Cooperative, Payer
from services.voucher.domain.period import day_of
from services.voucher.domain.statement import Side
from services.voucher.entrypoints.proof_schedule import make_pending
from services.voucher.entrypoints.schedule import reconcile_ledger
from shared.auth.access import MACHINE, ROLES, Access, declared
from shared.auth.tokens import Caller, TokenError
from shared.clock import utc_now
from shared.database.unit_of_work import units_of_work
from shared.envelope import Cause
from shared.messaging.waiting import Waiting
from shared.processes.pace import Pace
from tests.conftest import EngineFor
from tests.isolation.bus import Bus
from tests.member.builders import active_tenant
from tests.member.outside import FakeBroker, FakeIdentityProvider, FakeLinker
from tests.voucher.billing import COOPERATIVE

#: In every text of the victim's, and in nobody else's.
CANARY = "Kanarienvogel"


class Tokens:
    """Stands in for the issuer: a token is `subject|roles|tenants`, and says what a good one would."""

    async def authenticate(self, token: str) -> Caller:
        parts = token.split("|")
        if len(parts) != 3:
            raise TokenError("the token is not signed by the platform's issuer")
        subject, roles, tenants = parts
        tenant_ids = tuple(UUID(each) for each in tenants.split(",") if each)
        email = f"{subject}@example.org"
        return Caller(subject, frozenset(roles.split(",")), tenant_ids, time() + 60, email)


def bearer(subject: str, roles: str = "", tenants: object = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {subject}|{roles}|{tenants}"}


@dataclass(frozen=True)
class Tenant:
    """A tenant with an account that has every role in it, and a machine with every role."""

    tenant_id: UUID
    name: str

    @property
    def almighty(self) -> dict[str, str]:
        return bearer(f"admin-of-{self.name}", ",".join(ROLES), self.tenant_id)

    @property
    def machine(self) -> dict[str, str]:
        return bearer(f"machine-of-{self.name}", ",".join((MACHINE, *ROLES)), self.tenant_id)


OPERATOR = bearer("operator", "operator")
COOPERATIVE_AUDITOR = bearer("audit", "cooperative-auditor")


class Endpoints:
    """Endpoints that take whatever they are sent."""

    @asynccontextmanager
    async def open(self, *_whose: object) -> AsyncIterator["Endpoints"]:
        yield self

    async def send(self, _message: Message, _now: datetime) -> Result:
        return Result(1, status=204)


@dataclass
class NameServers:
    """The DNS: what its names publish."""

    def __init__(self) -> None:
        self.published: dict[str, list[str]] = {}

    async def texts(self, name: str) -> list[str]:
        return self.published.get(name, [])


@dataclass
class World:
    """The platform with its tenants; `ids` are those of the victim's things by their name in paths."""

    apps: Mapping[str, FastAPI]
    clients: Mapping[str, httpx.AsyncClient]
    engines: Mapping[str, AsyncEngine]
    bus: Bus
    victim: Tenant = field(default_factory=lambda: Tenant(uuid4(), "victim"))
    stranger: Tenant = field(default_factory=lambda: Tenant(uuid4(), "stranger"))
    ally: Tenant = field(default_factory=lambda: Tenant(uuid4(), "ally"))
    bystander: Tenant = field(default_factory=lambda: Tenant(uuid4(), "bystander"))
    name_servers: NameServers = field(default_factory=NameServers)
    ids: dict[str, str] = field(default_factory=dict)
    scim_secret: str = ""

    def operations(self, service: str) -> Mapping[tuple[str, str], Access]:
        """Who may call each of a service's operations."""
        return declared(self.apps[service])

    async def call(
        self, service: str, method: str, path: str, headers: Mapping[str, str], body: Any = None
    ) -> httpx.Response:
        """One request."""
        return await self.clients[service].request(method, path, headers=headers, json=body)

    async def act(
        self, tenant: Tenant, service: str, method: str, path: str, body: Any = None
    ) -> Any:
        """Something that a tenant does itself; every service hears of it."""
        answer = await self.call(service, method, path, tenant.almighty, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        await self.bus.deliver()
        return answer.json()

    async def make(self, service: str, path: str, body: Any = None) -> Any:
        """Something of the victim's."""
        return await self.act(self.victim, service, "POST", path, body)

    async def read(self, service: str, path: str) -> Any:
        """Something of the victim's, as the victim sees it."""
        answer = await self.call(service, "GET", path, self.victim.almighty)
        assert answer.is_success, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()


@asynccontextmanager
async def open_world(
    environments: Mapping[str, Mapping[str, str]], engine_for: EngineFor
) -> AsyncIterator[World]:
    """Every service's api process and inbox on a real PostgreSQL, with the tenants in it."""
    async with AsyncExitStack() as stack:
        apps, clients, consumers, reads = {}, {}, {}, {}
        engines = {service: engine_for(service) for service in SERVICES}
        for service in SERVICES:
            app, foundation, modules = _make(service, environments[service])
            await stack.enter_async_context(app.router.lifespan_context(app))
            await stack.enter_async_context(foundation.running())
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url=f"http://{service}")
            apps[service] = app
            clients[service] = await stack.enter_async_context(client)
            consumers[service] = modules["entrypoints.consumer"].create_consumer(foundation)
            reads[service] = modules["contracts.topics"].READS
        world = World(apps, clients, engines, Bus(engines, consumers, reads))
        _cut_off(world)
        await _join(world)
        yield world


def _make(service: str, environment: Mapping[str, str]) -> tuple[FastAPI, Any, Mapping[str, Any]]:
    names = ("bootstrap", "settings", "entrypoints.consumer", "contracts.topics")
    modules = {name: importlib.import_module(f"services.{service}.{name}") for name in names}
    settings_type = getattr(modules["settings"], f"{service.title()}Settings")
    given = {name.lower(): value for name, value in environment.items()}
    settings = settings_type.model_validate(given | {"database_pool_size": 5})
    app: FastAPI = modules["bootstrap"].create_api(settings)
    app.state.authenticator = Tokens()
    return app, modules["bootstrap"]._foundation(settings), modules


class NothingWaits:
    """Kafka's topics: everything is handled."""

    async def waiting(self) -> list[Waiting]:
        return []


def _cut_off(world: World) -> None:
    """No address reaches another system: each is in memory."""
    for app in world.apps.values():
        app.state.topics = NothingWaits()
    state = world.apps["member"].state
    state.connect_broker = FakeBroker().connected
    state.connect_linker = FakeLinker().connected
    state.name_servers = world.name_servers


async def _join(world: World) -> None:
    """All are active, and every service knows them."""
    await join(world, world.victim, name=CANARY, state="DE-RP", regions=frozenset({"mrn"}))
    await join(world, world.stranger, state="DE-BW")
    await join(world, world.ally, state="DE-HE")
    await join(world, world.bystander, state="DE-BY")


async def join(world: World, tenant: Tenant, **organisation: Any) -> None:
    """A tenant becomes active."""
    made = active_tenant(**{"tenant_id": tenant.tenant_id, "name": tenant.name, **organisation})
    opened = units_of_work(world.engines["member"], PostgresUnitOfWork, source="/member")
    async with opened([tenant.tenant_id]) as work:
        await work.tenants.add(made)
        work.publish(tenant_activated(made, Cause("isolation")))
    world.bus.tenants.append(tenant.tenant_id)
    await world.bus.deliver()


async def settle_clients(world: World, client_id: str) -> None:
    """Do what the worker does for a machine client."""
    opened = units_of_work(world.engines["member"], PostgresUnitOfWork, source="/member")
    now = utc_now() + timedelta(seconds=1)
    tenant_id = world.victim.tenant_id
    provider = FakeIdentityProvider()
    await settle_machine_client(opened, provider, tenant_id, UUID(client_id), now)


async def settle_tomorrow(world: World) -> str:
    """Do what the cooperative does when today is over; the statement with the victim."""
    opened = units_of_work(world.engines["voucher"], VoucherUnitOfWork, source="/voucher")
    now = utc_now()
    async with opened([world.victim.tenant_id], operator=True) as work:
        programme = await work.programmes.get(UUID(world.ids["programme_id"]))
        assert programme
        cooperative = Cooperative(COOPERATIVE, Payer("Buchhaltung", 14))
        command = IssueStatements(
            programme, Side.FUNDER, day_of(now), cooperative, Cause("isolation")
        )
        [issued] = await issue_statements(work, command, now + timedelta(days=1))
    return str(issued.statement_id)


async def make_proofs(world: World) -> None:
    """Do what the voucher's worker does for proofs of use that the victim asked for."""
    state = world.apps["voucher"].state
    await make_pending(state.units, state.ledger_reads, [world.victim.tenant_id], "Genossenschaft")


async def compare_ledger(world: World, programme_id: str) -> None:
    """Do what the voucher's worker does every minute with the ledger of a programme of the victim's."""
    opened = world.apps["voucher"].state.units
    victim = world.victim.tenant_id
    await reconcile_ledger(world.engines["voucher"], opened, victim, UUID(programme_id), Pace(1))


async def run_errands(world: World) -> None:
    """Do what the feed's worker does for endpoints that are to be sent something; each takes it."""
    guard = EpochGuard(lambda: None)
    opened = units_of_work(
        world.engines["feed"], partial(FeedUnitOfWork, guard=guard), source="/feed"
    )
    runner = ErrandRunner(opened, Endpoints(), write_errand, lambda: "code", utc_now)
    async with opened(operator=True) as work:
        errands = await work.errands.claim(100)
    for errand in errands:
        await runner.run(errand)
