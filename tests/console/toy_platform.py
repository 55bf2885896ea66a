"""A console over a real service's operations on PostgreSQL; the other services do not answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from services.console.adapters.services import HttpServices
from services.console.bootstrap import Outside, create_app
from services.console.domain.session import Tokens
from services.console.settings import ConsoleSettings
from shared.clock import utc_now
from tests.console.conftest import SETTINGS, Browser, World
from tests.console.fakes import NAMES, FakeMachine, FakePeople, FakeProvider, FakeSessions
from tests.shared.operators import calling
from tests.shared.toy_service import Service

SERVICE, JSON = "voucher", "application/json"


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The way to the services: one answers, unless the line breaks before or after it has acted."""

    to: httpx.AsyncClient
    breaks_after: set[str] = field(default_factory=set)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != f"{SERVICE}.example.org":
            raise httpx.ConnectError("nobody is there")
        answer = await self.to.request(
            request.method,
            request.url.raw_path.decode(),
            content=await request.aread(),
            headers={"Authorization": request.headers["Authorization"], "Content-Type": JSON},
        )
        if request.method in self.breaks_after:
            raise httpx.ReadError("the connection broke off")
        return httpx.Response(answer.status_code, content=answer.content)


@dataclass
class ToyPlatform:
    """A console, the service behind it, and people to look at it."""

    world: World
    service: Service
    line: Line

    async def browser(self, name: str, *roles: str, language: str = "en") -> Browser:
        """Somebody who is logged in, and whom the service knows by the same name."""
        token = f"{name}|{','.join(roles)}"
        tokens = Tokens(token, "refresh", "id", utc_now() + timedelta(minutes=15))
        await self.world.people.note(name, name.title())
        return await self.world.browser(
            *roles, subject=name, name=name.title(), tokens=tokens, language=language
        )


@asynccontextmanager
async def toy_platform(service: Service) -> AsyncIterator[ToyPlatform]:
    """With a limit of 20 letters that one person may repair alone."""
    async with calling(service, repair_alone=20) as client:
        line = Line(client)
        addresses = {name: f"http://{name}.example.org" for name in NAMES}
        services = HttpServices(addresses, line)
        sessions, provider, people = FakeSessions(), FakeProvider(), FakePeople()
        outside = Outside(services, FakeMachine(), provider, sessions, people)
        app = create_app(ConsoleSettings.model_validate(SETTINGS), outside, {})
        async with app.router.lifespan_context(app):
            world = World(app, sessions=sessions, provider=provider, people=people)
            yield ToyPlatform(world, service, line)
        await services.aclose()
