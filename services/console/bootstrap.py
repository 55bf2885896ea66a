"""Puts the console together."""

import os
import platform
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from redis.asyncio import Redis

from services.console.adapters.kubernetes import KubernetesDeployments
from services.console.adapters.kubernetes_api import KubernetesApi
from services.console.adapters.oidc import Keycloak
from services.console.adapters.people import RedisPeople
from services.console.adapters.services import HttpServices
from services.console.adapters.sessions import RedisSessions
from services.console.adapters.statuses import HttpStatuses
from services.console.adapters.supervisor import SupervisorDeployments
from services.console.adapters.unmanaged import Unmanaged
from services.console.application.board import Board
from services.console.application.deployments import Deployments
from services.console.application.live import Live
from services.console.application.observe import Poller, watching
from services.console.application.ports import (
    IdentityProvider,
    Machine,
    People,
    Services,
    Sessions,
)
from services.console.application.roll_out import Driver, driving
from services.console.application.sign_in import SignIn
from services.console.application.tenant_names import TenantNames
from services.console.entrypoints import (
    deployment_acts,
    failures,
    invariants,
    journal,
    live,
    login,
    now,
    onboarding,
    preferences,
    programmes,
    repair_live,
    repair_runs,
    repairs,
    replays,
    stories,
    subscriptions,
    tenant_acts,
    tenants,
)
from services.console.entrypoints import deployments as deployment_pages
from services.console.entrypoints.pages import Pages
from services.console.entrypoints.security import Secured, headers, same_origin
from services.console.entrypoints.wording import wordings
from services.console.settings import ConsoleSettings
from shared.auth.access import declared
from shared.clock import utc_now
from shared.http.app import OWN_TELEMETRY, equip
from shared.http.health import Checks
from shared.sealing import Seal
from shared.telemetry.setup import end_telemetry

STATIC: Final = Path(__file__).parent / "static"
IO_SECONDS: Final = 2.0

#: One a line: each page group has its own.
ROUTERS: Final[tuple[APIRouter, ...]] = (
    login.router,
    preferences.router,
    live.router,
    now.router,
    onboarding.router,
    tenants.router,
    tenant_acts.router,
    subscriptions.router,
    deployment_pages.router,
    deployment_acts.router,
    stories.router,
    programmes.router,
    repairs.router,
    repair_runs.router,
    replays.router,
    invariants.router,
    journal.router,
)


@dataclass(frozen=True, slots=True)
class Outside:
    """What the console needs of the world; tests put their own in its place."""

    services: Services
    machine: Machine
    provider: IdentityProvider
    sessions: Sessions
    people: People
    deployments: Deployments = field(default_factory=Unmanaged)


def create_api(settings: ConsoleSettings) -> FastAPI:
    """The console over the real services, Keycloak and Redis."""
    redis = Redis.from_url(settings.redis_url, socket_timeout=IO_SECONDS)
    services = HttpServices(settings.addresses)
    keycloak = Keycloak(settings)
    seal = Seal(settings.console_session_key.get_secret_value())
    sessions, people = RedisSessions(redis, seal), RedisPeople(redis, seal)
    deployments = _deployments(settings, services.names)
    outside = Outside(services, keycloak, keycloak, sessions, people, deployments)

    async def check_redis() -> None:
        await redis.ping()

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        looks = {"redis": check_redis, "keycloak": keycloak.check}
        poller = Poller(HttpStatuses(services, keycloak), app.state.board, looks, utc_now)
        try:
            async with watching(poller), _driving(app, services.names):
                yield
        finally:
            for each in (services, keycloak, redis, deployments):
                await each.aclose()
            await end_telemetry()

    return create_app(settings, outside, {"redis": check_redis}, running)


@asynccontextmanager
async def _nothing_runs(_app: FastAPI) -> AsyncIterator[None]:
    """Nobody looks at the services, and nothing is to be closed."""
    yield


def create_app(
    settings: ConsoleSettings,
    outside: Outside,
    checks: Checks,
    running: Callable[[FastAPI], AbstractAsyncContextManager[None]] = _nothing_runs,
) -> FastAPI:
    """The console over whatever stands for the world; `running` is what goes on while it is up."""
    app = FastAPI(
        title="Lernverbund console",
        lifespan=running,
        openapi_url=None,
        telemetry=OWN_TELEMETRY,
        dependencies=[Depends(same_origin)],
    )
    app.state.settings = settings
    app.state.services = outside.services
    app.state.machine = outside.machine
    app.state.sessions = outside.sessions
    app.state.people = outside.people
    app.state.sign_in = SignIn(outside.provider, outside.sessions, utc_now)
    app.state.seal = Seal(settings.console_session_key.get_secret_value())
    app.state.pages = Pages(wordings(ZoneInfo(settings.time_zone)))
    app.state.board = Board(outside.services.names, utc_now)
    app.state.tenant_names = TenantNames(outside.services, utc_now)
    app.state.deployments = outside.deployments
    app.state.is_managed = not isinstance(outside.deployments, Unmanaged)
    app.state.rollout_rules = settings.rollout_rules
    app.state.live = Live()
    now.show_live(app)
    onboarding.show_live(app)
    deployment_pages.show_live(app)
    repair_live.show_live(app)
    failures.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    equip(app, checks, failures.on_error)
    app.add_middleware(
        Secured, added=headers(_origin(settings.oidc_issuer), https=settings.is_https)
    )
    # An address that does not say who may call it keeps the process from starting.
    declared(app)
    return app


def _deployments(settings: ConsoleSettings, services: Sequence[str]) -> Deployments:
    match settings.deployments:
        case "supervisor":
            root, socket = settings.supervisor_root, settings.supervisor_socket
            return SupervisorDeployments(root, socket, services)
        case "kubernetes":
            return KubernetesDeployments(KubernetesApi.of_pod(os.environ), services, utc_now)
        case _:
            return Unmanaged()


def _driving(app: FastAPI, services: Sequence[str]) -> AbstractAsyncContextManager[None]:
    """Rollouts go on while the console runs; nothing does where it may change nothing."""
    if not app.state.is_managed:
        return nullcontext()
    board: Board = app.state.board
    holder = f"{platform.node()}:{os.getpid()}"
    driver = Driver(app.state.deployments, board.status, app.state.rollout_rules, utc_now, holder)
    return driving(driver, services)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
