"""The login with the real Keycloak and the real Redis: password, second factor, renewal, logout."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.stack import Stack
from services.console.bootstrap import create_api
from services.console.settings import ConsoleSettings
from tests.console.conftest import text
from tests.support.login import log_in


@pytest_asyncio.fixture
async def console(logins: Stack) -> AsyncIterator[FastAPI]:
    environment = logins.service_environment("console")
    settings = ConsoleSettings.model_validate(
        {name.lower(): value for name, value in environment.items()}
    )
    app = create_api(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture
async def browser(console: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    address = console.state.settings.public_url
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(console),
        base_url=address,
        headers={"Origin": address, "Accept-Language": "en"},
    ) as client:
        yield client


@pytest_asyncio.fixture
async def outside() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def test_password_and_code_lead_back_to_the_page_that_was_wanted(browser, outside):
    asked = await browser.get("/?filter=1")
    assert asked.headers["location"] == "/login?next=%2F%3Ffilter%3D1"
    to_keycloak = await browser.get(asked.headers["location"])
    query = parse_qs(urlsplit(to_keycloak.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"] and query["nonce"]
    back = await log_in(outside, to_keycloak.headers["location"], "operator")
    logged_in = await browser.get(back)
    assert (logged_in.status_code, logged_in.headers["location"]) == (303, "/?filter=1")
    page = await browser.get("/")
    assert "Olga Genossenschaft" in text(page)
