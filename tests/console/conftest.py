"""A console over fakes, and a browser to look at it with."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio
from fastapi import FastAPI

from services.console.bootstrap import Outside, create_app
from services.console.domain.session import Session
from services.console.settings import ConsoleSettings
from tests.console.fakes import (
    FakeMachine,
    FakePeople,
    FakeProvider,
    FakeServices,
    FakeSessions,
    session,
)

ADDRESS = "http://127.0.0.1:8106"
SETTINGS = {
    "public_url": ADDRESS,
    "oidc_issuer": "https://login.example.org/realms/lernverbund",
    "oidc_audience": "console",
    "console_client_secret": "secret",
    "console_session_key": "A" * 43 + "=",
    **{
        f"{name}_url": f"http://{name}.example.org"
        for name in ("member", "catalogue", "voucher", "certificate", "feed")
    },
}


@dataclass
class World:
    """A console and what it stands on."""

    app: FastAPI
    services: FakeServices = field(default_factory=FakeServices)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    provider: FakeProvider = field(default_factory=FakeProvider)
    people: FakePeople = field(default_factory=FakePeople)

    async def browser(self, *roles: str, language: str = "en", **more: Any) -> "Browser":
        """A browser of somebody who is logged in with these roles; without roles nobody is."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url=ADDRESS,
            headers={"Accept-Language": language, "Origin": ADDRESS},
        )
        browser = Browser(client, self.sessions)
        if roles:
            await browser.log_in(session(*roles, **more))
        return browser


@dataclass
class Browser:
    """Keeps cookies, follows no redirects, and sends forms as they were drawn."""

    http: httpx.AsyncClient
    sessions: FakeSessions
    session_id: str = ""

    async def log_in(self, somebody: Session) -> None:
        self.session_id = uuid4().hex
        await self.sessions.keep(self.session_id, somebody)
        self.http.cookies.set("console-session", self.session_id, domain="127.0.0.1")

    async def get(self, address: str, **more: Any) -> httpx.Response:
        return await self.http.get(address, **more)

    async def post(
        self, address: str, *, page: str, headers: dict[str, str] | None = None, **values: str
    ) -> httpx.Response:
        """Open `page`, and send its form to `address` with these values."""
        drawn = await self.get(page)
        token = form_token(drawn)
        data = {"form_token": token, "from": page, **values}
        return await self.http.post(address, data=data, headers=headers)


def form_token(answer: httpx.Response) -> str:
    """The one-time token of a page's forms; empty if there is no form."""
    found = re.search(r'name="form_token" value="([^"]*)"', answer.text)
    return unescape(found[1]) if found else ""


def text(answer: httpx.Response) -> str:
    """What a person reads: without tags, with single spaces."""
    body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A console of its own for each test."""
    services, sessions, provider = FakeServices(), FakeSessions(), FakeProvider()
    people = FakePeople()
    outside = Outside(services, FakeMachine(), provider, sessions, people)
    app = create_app(ConsoleSettings.model_validate(SETTINGS), outside, {})
    async with app.router.lifespan_context(app):
        yield World(app, services, sessions, provider, people)
