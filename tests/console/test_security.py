"""What browsers are told, in every answer; and that no page needs what they are told to refuse."""

import hashlib
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from services.console.bootstrap import Outside, create_app
from services.console.domain.errors import Refusal, ServiceRefusedError, ServiceSilentError
from services.console.domain.form_token import make
from services.console.settings import ConsoleSettings
from tests.console.conftest import SETTINGS, World, text
from tests.console.fakes import (
    FakeMachine,
    FakePeople,
    FakeProvider,
    FakeServices,
    FakeSessions,
    session,
)

CONSOLE = Path(__file__).parents[2] / "services" / "console"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self' https://login.example.org",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
HOSTILE = "<script>alert(1)</script>\"onload='x\u202egnp.exe" + "🙂" * 5_000


def policy(answer):
    directives = answer.headers["content-security-policy"].split("; ")
    return dict(each.split(" ", 1) for each in directives)


def addresses(world):
    """Every page without parameters."""
    return [
        str(context.path_format)
        for context in iter_route_contexts(world.app.routes)
        if isinstance(context.original_route, APIRoute)
        and "GET" in (context.methods or ())
        and "{" not in str(context.path_format)
    ]


async def test_every_answer_has_the_policy(world):
    for browser in (await world.browser(), await world.browser("operator")):
        others = ["/nowhere", "/static/console.css", "/static/nowhere", "/health/live"]
        for address in (*addresses(world), *others):
            if address.startswith("/live"):
                continue  # a stream has no end; its headers come from the same place
            answer = await browser.get(address)
            assert policy(answer) == POLICY, address
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert len(answer.headers.get_list("content-security-policy")) == 1


async def test_every_page_but_the_doors_asks_who_is_there(world):
    browser = await world.browser()
    for address in addresses(world):
        if address.startswith(("/login", "/logged-out", "/health", "/metrics", "/live")):
            continue
        answer = await browser.get(address)
        assert answer.status_code == 303, address
        assert answer.headers["location"].startswith("/login?next="), address


async def test_pages_are_kept_by_nobody(world):
    browser = await world.browser("viewer")
    assert (await browser.get("/")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", sorted((CONSOLE / "templates").rglob("*.html")), ids=lambda path: path.name
)
def test_no_template_has_script_or_style_inside(path):
    markup = path.read_text()
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:|hx-on", markup)
    assert not re.search(r"<script(?![^>]*\bsrc=)", markup)
    assert "|safe" not in markup.replace(" ", "")


@pytest.mark.parametrize(
    "folder", sorted((CONSOLE / "static/vendor").iterdir()), ids=lambda f: f.name
)
def test_what_is_vendored_is_what_was_published(folder):
    said = dict(
        reversed(line.split("  ")) for line in (folder / "CHECKSUMS").read_text().splitlines()
    )
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "CHECKSUMS"
    }
    assert there == said
    assert "LICENCE" in there


async def test_cookies_by_tls_are_held_to_this_host():
    outside = Outside(FakeServices(), FakeMachine(), FakeProvider(), FakeSessions(), FakePeople())
    secure = {**SETTINGS, "public_url": "https://console.example.org"}
    world = World(create_app(ConsoleSettings.model_validate(secure), outside, {}))
    browser = await world.browser()
    begun = await browser.get("/login")
    cookie = begun.headers["set-cookie"]
    assert cookie.startswith("__Host-console-login=")
    for attribute in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert "strict-transport-security" in begun.headers


def test_without_tls_the_console_is_for_one_machine():
    with pytest.raises(ValueError, match="https://"):
        ConsoleSettings.model_validate({**SETTINGS, "public_url": "http://console.example.org"})


async def test_hostile_names_stay_text(world):
    browser = await world.browser("operator", name=HOSTILE)
    page = (await browser.get("/")).text
    assert "<script>alert" not in page
    assert '<bdi class="name"' in page and "&lt;script&gt;alert(1)" in page
    assert 'title="' in page and "\"onload='" not in page


@pytest.mark.parametrize("language", ["de", "en"])
async def test_a_failure_is_a_page_that_says_what_to_do(world, language):
    browser = await world.browser("operator", language=language)
    for address, status in (("/nowhere", 404), ("/logout", 405)):
        answer = await browser.get(address)
        assert answer.status_code == status
        assert f'<html lang="{language}"' in answer.text
        assert "Navigation" in text(answer) or "navigation" in text(answer)


async def test_a_body_without_end_is_refused_as_a_page(world):
    browser = await world.browser("operator")
    answer = await browser.http.post("/preferences", data={"from": "x" * 5_000_000})
    assert answer.status_code == 413 and "Send less" in text(answer)


async def test_a_failure_of_ours_shows_nothing_of_itself(world):
    async def broken(_session_id):
        raise RuntimeError("secret detail")

    world.sessions.find = broken
    browser = await world.browser()
    browser.http.cookies.set("console-session", "x", domain="127.0.0.1")
    answer = await browser.get("/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text and "Look whether" in text(answer)


async def test_language_and_theme_are_chosen_and_kept(world):
    browser = await world.browser("viewer", language="fr")
    page = await browser.get("/")
    assert '<html lang="de"' in page.text and "data-kern-theme" not in page.text
    chosen = await browser.http.post(
        "/preferences", data={"from": "/?a=1", "lang": "en", "theme": "dark"}
    )
    assert chosen.headers["location"] == "/?a=1"
    assert '<html lang="en" data-kern-theme="dark">' in (await browser.get("/")).text
    await browser.http.post("/preferences", data={"from": "//evil.example", "theme": "device"})
    assert '<html lang="en">' in (await browser.get("/")).text
    for wrong in ({"lang": "xx"}, {"theme": "pink"}):
        assert (await browser.http.post("/preferences", data=wrong)).status_code == 422


@pytest.mark.parametrize(
    ("trouble", "status", "words"),
    [
        (ServiceSilentError("voucher", "It cannot be reached."), 503, "It cannot be reached."),
        (
            ServiceSilentError("voucher", "There was no answer in time.", may_have_acted=True),
            503,
            "Nobody knows whether it was done.",
        ),
        (
            ServiceRefusedError(
                "voucher", Refusal(409, "claimed", "Somebody <b>holds</b> it.", (("id", "held"),))
            ),
            409,
            "Somebody <b>holds</b> it.",
        ),
    ],
)
async def test_a_services_trouble_is_a_page(world, trouble, status, words):
    @world.app.get("/broken")
    async def broken():
        raise trouble

    browser = await world.browser()
    await browser.log_in(session("viewer"))
    answer = await browser.get("/broken")
    assert answer.status_code == status
    assert words in text(answer) and "voucher" in text(answer)
    assert "<b>holds" not in answer.text


async def test_a_viewer_changes_nothing_anywhere(world):
    browser = await world.browser("viewer")
    stranger = await world.browser()
    token = form_token_for(world, browser)
    for context in iter_route_contexts(world.app.routes):
        address = re.sub(r"\{[^}]+\}", "0" * 8, str(context.path_format))
        if "POST" not in (context.methods or ()) or address in {"/preferences", "/logout"}:
            continue
        answer = await browser.http.post(address, data={"form_token": token})
        assert answer.status_code == 403, address
        assert (await stranger.http.post(address)).status_code == 303, address
    assert world.services.acts == []


def form_token_for(world, browser):
    return make(world.sessions.kept[browser.session_id].form_key)
