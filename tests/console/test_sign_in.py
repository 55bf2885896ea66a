"""Sessions: begun by a login only, renewed by one request at a time, ended by time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.domain.addresses import own_address
from services.console.domain.session import IDLE, LIFE
from shared.clock import utc_now
from tests.console.conftest import text
from tests.console.fakes import session


async def come_back(browser, begun, code="good"):
    [state] = parse_qs(urlsplit(begun.headers["location"]).query)["state"]
    return await browser.get(f"/login/callback?state={state}&code={code}")


async def test_a_login_leads_to_the_page_that_was_wanted(world):
    browser = await world.browser()
    wanted = await browser.get("/?filter=1")
    begun = await browser.get(wanted.headers["location"])
    back = await come_back(browser, begun)
    assert (back.status_code, back.headers["location"]) == (303, "/?filter=1")
    assert (await browser.get("/")).status_code == 200


async def test_a_login_never_takes_over_a_session_id_that_was_there_before(world):
    browser = await world.browser()
    browser.http.cookies.set("console-session", "planted", domain="127.0.0.1")
    await come_back(browser, await browser.get("/login"))
    assert "planted" not in world.sessions.kept
    assert list(world.sessions.kept) == [browser.http.cookies["console-session"]]


@pytest.mark.parametrize("query", ["", "state=x&code=good", "error=access_denied&state=x"])
async def test_a_return_that_nobody_asked_for_is_refused(world, query):
    for begins in (False, True):
        browser = await world.browser()
        if begins:
            await browser.get("/login")
        answer = await browser.get(f"/login/callback?{query}")
        assert answer.status_code == 403 and "not logged in" in text(answer)
    assert world.sessions.kept == {}


async def test_a_code_that_keycloak_does_not_know_lets_nobody_in(world):
    browser = await world.browser()
    answer = await come_back(browser, await browser.get("/login"), code="bad")
    assert answer.status_code == 403 and world.sessions.kept == {}


async def test_an_attempt_cannot_be_made_up(world):
    browser = await world.browser()
    for forged in ("", "00" * 60, "zz", "%FC"):
        browser.http.cookies.set("console-login", forged)
        assert (await browser.get("/login/callback?state=x&code=good")).status_code == 403


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.org/",
        "//evil.example.org/",
        "/\\evil.example.org",
        "\\\\evil.example.org",
        "/\t/evil.example.org",
        "javascript:alert(1)",
        "evil.example.org",
        "/" + "x" * 3_000,
        "",
    ],
)
async def test_a_login_leads_nowhere_else(world, elsewhere):
    browser = await world.browser()
    begun = await browser.get("/login", params={"next": elsewhere})
    back = await come_back(browser, begun)
    assert back.headers["location"] == "/"


@given(st.text(max_size=40))
def test_an_own_address_is_a_path_here(text):
    address = own_address(text)
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("", "")
    assert address.startswith("/") and not address.startswith(("//", "/\\"))


@pytest.mark.parametrize("age", [{"seen_at": IDLE}, {"opened_at": LIFE}])
async def test_a_session_ends_when_idle_and_in_any_case(world, age):
    browser = await world.browser()
    young = session("viewer")
    await browser.log_in(replace(young, **{name: utc_now() - old for name, old in age.items()}))
    assert (await browser.get("/")).status_code == 303
    almost = {name: utc_now() - old + timedelta(seconds=10) for name, old in age.items()}
    await browser.log_in(replace(young, **almost))
    assert (await browser.get("/")).status_code == 200


async def test_a_request_keeps_a_session_alive_and_a_stream_does_not(world):
    browser = await world.browser("viewer")
    old = utc_now() - timedelta(minutes=20)
    kept = world.sessions.kept
    kept[browser.session_id] = replace(kept[browser.session_id], seen_at=old)
    await world.app.state.sign_in.current(browser.session_id, is_there=False)
    assert kept[browser.session_id].seen_at == old
    await browser.get("/")
    assert kept[browser.session_id].seen_at > old


async def test_a_token_is_renewed_once_for_all_requests(world):
    browser = await world.browser("viewer")
    ending(world, browser, timedelta(seconds=10))
    sign_in = world.app.state.sign_in
    found = await asyncio.gather(*(sign_in.current(browser.session_id) for _ in range(5)))
    assert world.provider.renewals == 1
    assert len({each.tokens.access for each in found}) == 1


async def test_a_silent_keycloak_ends_nothing_while_the_token_lasts(world):
    browser = await world.browser("viewer")
    world.provider.is_silent = True
    ending(world, browser, timedelta(seconds=10))
    assert (await browser.get("/")).status_code == 200
    ending(world, browser, timedelta(0))
    answer = await browser.get("/")
    assert answer.status_code == 503 and "Keycloak does not answer" in text(answer)
    assert (await browser.get("/login")).status_code == 503
    world.provider.is_silent = False
    assert (await browser.get("/")).status_code == 200


async def test_roles_that_were_taken_away_are_gone_with_the_next_token(world):
    browser = await world.browser("operator")
    world.provider.given_roles = frozenset()
    ending(world, browser, timedelta(0))
    answer = await browser.get("/")
    assert answer.status_code == 403 and "no role here" in text(answer)


async def test_logging_out_ends_the_session_also_when_keycloak_is_silent(world):
    for is_silent in (False, True):
        world.provider.is_silent = is_silent
        browser = await world.browser("viewer")
        answer = await browser.http.post("/logout")
        assert answer.status_code == 303
        assert browser.session_id not in world.sessions.kept
        assert "console-session" not in browser.http.cookies


async def test_a_fragments_request_leads_the_whole_page_to_the_login(world):
    browser = await world.browser()
    current = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8106/tenants?text=x"}
    answer = await browser.get("/", headers=current)
    assert answer.headers["HX-Redirect"] == "/login?next=%2Ftenants%3Ftext%3Dx"


def ending(world, browser, in_time: timedelta) -> None:
    """Let the session's token end then."""
    found = world.sessions.kept[browser.session_id]
    tokens = replace(found.tokens, expires_at=utc_now() + in_time)
    world.sessions.kept[browser.session_id] = replace(found, tokens=tokens)
