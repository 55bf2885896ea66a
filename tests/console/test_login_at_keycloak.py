"""The login with the real Keycloak and the real Redis: password, second factor, renewal, logout."""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.stack import Stack
from services.console.bootstrap import create_api
from services.console.domain.errors import LoginRefusedError
from services.console.settings import ConsoleSettings
from shared.clock import utc_now
from tests.console.conftest import text
from tests.support.accounts import Accounts, keycloak_accounts
from tests.support.login import log_in, send, text_of, trust

SESSION = "console-session"


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
    """The same browser at Keycloak."""
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest_asyncio.fixture
async def accounts(logins: Stack, outside: httpx.AsyncClient) -> AsyncIterator[Accounts]:
    async with keycloak_accounts(logins, outside) as made:
        yield made


async def begin(browser: httpx.AsyncClient, address: str = "/login") -> str:
    """Where the console leads somebody who wants to log in."""
    return (await browser.get(address)).headers["location"]


async def enter(
    browser: httpx.AsyncClient, outside: httpx.AsyncClient, account: str, secret: str = ""
) -> httpx.Response:
    """Log in, and come back."""
    back = await log_in(outside, await begin(browser), account, secret=secret)
    return await browser.get(back)


async def test_password_and_code_lead_back_to_the_page_that_was_wanted(browser, outside):
    asked = await browser.get("/?filter=1")
    assert asked.headers["location"] == "/login?next=%2F%3Ffilter%3D1"
    to_keycloak = await begin(browser, asked.headers["location"])
    query = parse_qs(urlsplit(to_keycloak).query)
    assert query["code_challenge_method"] == ["S256"] and query["nonce"]
    back = await log_in(outside, to_keycloak, "operator")
    logged_in = await browser.get(back)
    assert (logged_in.status_code, logged_in.headers["location"]) == (303, "/?filter=1")
    assert "Olga Genossenschaft" in text(await browser.get("/"))
    assert (await browser.get(back)).status_code == 403, "what leads back is good once"


async def test_logging_out_ends_it_here_and_at_keycloak(browser, outside, accounts):
    account, secret = await accounts.make_staff("viewer")
    await enter(browser, outside, account, secret)
    kept = browser.cookies[SESSION]
    left = await browser.post("/logout")
    farewell = await outside.get(left.headers["location"])
    assert farewell.headers["location"].endswith("/logged-out")
    browser.cookies.set(SESSION, kept, domain="127.0.0.1")
    assert (await browser.get("/")).headers["location"].startswith("/login")


async def test_a_login_elsewhere_spares_neither_password_nor_code(browser, outside, accounts):
    account, secret = await accounts.make_staff("viewer")
    await enter(browser, outside, account, secret)
    again = await outside.get(await begin(browser))
    assert again.status_code == 200 and 'name="password"' in again.text


async def test_a_wrong_code_lets_nobody_in(browser, outside, accounts):
    account, _ = await accounts.make_staff("operator")
    page = await outside.get(await begin(browser))
    trust(outside)
    page = await send(outside, page, username=account, password=f"demo-{account}")
    page = await send(outside, page, otp="000000")
    assert page.status_code == 200 and "Invalid authenticator code" in page.text


async def test_who_has_no_codes_yet_has_to_set_them_up_first(browser, outside, accounts):
    account = await accounts.make("neu", roles=("operator",))
    page = await outside.get(await begin(browser))
    trust(outside)
    page = await send(outside, page, username=account, password=f"demo-{account}")
    page = await outside.get(page.headers["location"])
    assert "totpSecret" in page.text, text_of(page)


async def test_what_keycloak_led_back_with_is_good_for_the_browser_that_asked(
    browser, outside, accounts, console
):
    account, secret = await accounts.make_staff("viewer")
    back = await log_in(outside, await begin(browser), account, secret=secret)
    address = console.state.settings.public_url
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(console), base_url=address
    ) as another:
        assert (await another.get(back)).status_code == 403
        await begin(another)
        assert (await another.get(back)).status_code == 403


async def test_a_token_that_ends_is_renewed_and_one_that_cannot_be_ends_the_session(
    browser, outside, accounts, console
):
    account, secret = await accounts.make_staff("operator")
    await enter(browser, outside, account, secret)
    session_id, sessions = browser.cookies[SESSION], console.state.sessions
    session = await sessions.find(session_id)
    ending = replace(session, tokens=replace(session.tokens, expires_at=utc_now()))
    await sessions.update(session_id, ending)
    assert (await browser.get("/")).status_code == 200
    renewed = await sessions.find(session_id)
    assert renewed.tokens.access != session.tokens.access
    assert renewed.tokens.expires_at > utc_now()
    void = replace(ending, tokens=replace(ending.tokens, refresh="void"))
    await sessions.update(session_id, void)
    assert (await browser.get("/")).headers["location"].startswith("/login")
    assert (await sessions.find(session_id)).is_over(utc_now())


async def test_an_operators_token_is_for_every_service_and_the_machines_only_sees(
    browser, outside, accounts, console
):
    account, secret = await accounts.make_staff("operator")
    await enter(browser, outside, account, secret)
    session = await console.state.sessions.find(browser.cookies[SESSION])
    assert session.roles == {"operator"}
    services = {"member", "catalogue", "voucher", "certificate", "feed"}
    assert services < set(claims(session.tokens.access)["aud"])
    machine = claims(await console.state.machine.token())
    assert services < set(machine["aud"])
    assert {"operator", "approver"}.isdisjoint(machine["realm_access"]["roles"])
    assert "viewer" in machine["realm_access"]["roles"]


async def test_an_account_without_a_role_sees_nothing(browser, outside, accounts):
    account, secret = await accounts.make_staff()
    await enter(browser, outside, account, secret)
    page = await browser.get("/")
    assert page.status_code == 403 and "no role here" in text(page)


async def test_nothing_of_a_session_can_be_read_in_redis(browser, outside, accounts, console):
    account, secret = await accounts.make_staff("operator")
    await enter(browser, outside, account, secret)
    redis, session_id = console.state.sessions._redis, browser.cookies[SESSION]
    session = await console.state.sessions.find(session_id)
    keys = await redis.keys("*")
    values = [await redis.get(key) for key in keys]
    known = await console.state.people.names([session.subject, "nobody", None])
    assert known == {session.subject: session.name}, "services name people by their subject"
    hidden = (session_id, session.tokens.access, session.tokens.refresh, account, session.subject)
    for secret_text in hidden:
        assert not any(secret_text.encode() in each for each in (*keys, *values))


async def test_a_code_is_not_redeemed_without_its_verifier(browser, outside, accounts, console):
    account, secret = await accounts.make_staff("viewer")
    back = await log_in(outside, await begin(browser), account, secret=secret)
    [code] = parse_qs(urlsplit(back).query)["code"]
    provider = console.state.sign_in._provider
    with pytest.raises(LoginRefusedError):
        await provider.redeem(code, "nonce", "w" * 64)


def claims(token: str) -> dict[str, Any]:
    """What a token says; its signature was verified before."""
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found
