"""Forms: only from our own pages, only as drawn, only once; and nothing typed in is lost with a session."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import pytest
from fastapi import APIRouter, Form, Request
from jinja2 import ChoiceLoader, DictLoader

from services.console.domain.session import IDLE, LIFE
from services.console.entrypoints.dependencies import Acting, Visitor
from services.console.entrypoints.pages import render
from shared.clock import utc_now
from tests.console.conftest import ADDRESS, form_token, text
from tests.console.fakes import session

PAGE = "/toys?filter=red"
TEMPLATE = """{% extends "base.html" %}
{% from "parts/forms.html" import form, field with context %}
{% block title %}Toys{% endblock %}
{% block main %}{% call form("/toys/1/discard") %}{{ field("reason", "Why") }}{% endcall %}{% endblock %}"""


@pytest.fixture
def done(world):
    """A page with a form; what its form has done."""
    router, done = APIRouter(), []

    @router.get("/toys")
    async def show(request: Request, _visitor: Visitor):
        return render(request, "toys.html")

    @router.post("/toys/1/discard")
    async def discard(actor: Acting, reason: Annotated[str, Form()]):
        done.append((actor.subject, reason))
        return {}

    world.app.include_router(router)
    for environment in world.app.state.pages._environments.values():
        environment.loader = ChoiceLoader([DictLoader({"toys.html": TEMPLATE}), environment.loader])
    return done


async def test_a_form_is_done_for_whom_it_was_drawn(world, done):
    browser = await world.browser("operator")
    answer = await browser.post("/toys/1/discard", page=PAGE, reason="twice sent")
    assert answer.status_code == 200
    assert done == [("subject-1", "twice sent")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example.org"},
        {"Origin": f"{ADDRESS}.example.org"},
        {"Origin": "null"},
        {"Origin": ""},
    ],
)
async def test_a_form_of_another_site_does_nothing(world, done, headers):
    browser = await world.browser("operator")
    answer = await browser.post("/toys/1/discard", page=PAGE, headers=headers, reason="x")
    assert answer.status_code == 403 and "Another site" in text(answer)
    assert done == []


async def test_a_browser_that_says_same_origin_needs_no_origin_header(world, done):
    browser = await world.browser("operator")
    del browser.http.headers["Origin"]
    headers = {"Sec-Fetch-Site": "same-origin"}
    await browser.post("/toys/1/discard", page=PAGE, headers=headers, reason="x")
    assert len(done) == 1


async def test_what_does_not_say_where_it_comes_from_does_nothing(world, done):
    browser = await world.browser("operator")
    token = form_token(await browser.get(PAGE))
    del browser.http.headers["Origin"]
    answer = await browser.http.post(
        "/toys/1/discard", data={"form_token": token, "from": PAGE, "reason": "x"}
    )
    assert answer.status_code == 403 and done == []


async def test_a_form_is_done_once(world, done):
    browser = await world.browser("operator")
    token = form_token(await browser.get(PAGE))
    values = {"form_token": token, "from": PAGE, "reason": "x"}
    answers = [await browser.http.post("/toys/1/discard", data=values) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 409]
    assert len(done) == 1


@pytest.mark.parametrize("token", ["", ".", "x.y", "ü.ü", "a" * 5_000])
async def test_a_made_up_token_does_nothing(world, done, token):
    browser = await world.browser("operator")
    answer = await browser.post("/toys/1/discard", page=PAGE, form_token=token, reason="x")
    assert answer.status_code == 403 and done == []


async def test_a_form_drawn_for_somebody_else_does_nothing(world, done):
    other = await world.browser("operator", subject="subject-2", form_key="cd" * 32)
    token = form_token(await other.get(PAGE))
    browser = await world.browser("operator")
    answer = await browser.post("/toys/1/discard", page=PAGE, form_token=token, reason="x")
    assert answer.status_code == 403 and done == []


@pytest.mark.parametrize("roles", [("viewer",), ("approver",)])
async def test_who_has_not_the_role_does_nothing(world, done, roles):
    browser = await world.browser(*roles)
    answer = await browser.post("/toys/1/discard", page=PAGE, reason="x")
    assert answer.status_code == 403 and "Your roles" in text(answer)
    assert done == []


async def test_a_form_without_a_field_says_which(world, done):
    browser = await world.browser("operator")
    answer = await browser.post("/toys/1/discard", page=PAGE)
    assert answer.status_code == 422 and "reason" in text(answer)


@pytest.mark.parametrize("age", [{"seen_at": IDLE}, {"opened_at": LIFE}])
async def test_what_was_typed_in_outlasts_the_session(world, done, age):
    browser = await world.browser("operator")
    token = form_token(await browser.get(PAGE))
    await grow_old(browser, **age)
    answer = await browser.http.post(
        "/toys/1/discard", data={"form_token": token, "from": PAGE, "reason": "the <third> time"}
    )
    assert (answer.status_code, done) == (303, [])
    assert answer.headers["location"] == "/login?next=%2Ftoys%3Ffilter%3Dred"
    await browser.log_in(session("operator"))
    page = await browser.get(PAGE)
    assert 'value="the &lt;third&gt; time"' in page.text
    assert "Your session had ended. Nothing was done." in text(page)
    assert form_token(page) != token
    assert 'value=""' in (await browser.get(PAGE)).text, "it is shown once"


async def test_what_was_typed_in_is_for_the_same_person_on_the_same_page(world, done):
    browser = await world.browser("operator")
    await grow_old(browser, seen_at=IDLE)
    await browser.http.post("/toys/1/discard", data={"from": PAGE, "reason": "confidential"})
    await browser.log_in(session("operator", subject="subject-2"))
    assert "confidential" not in (await browser.get(PAGE)).text
    await browser.log_in(session("operator"))
    assert "confidential" not in (await browser.get("/toys")).text
    assert "confidential" in (await browser.get(PAGE)).text


async def test_it_outlasts_a_login_that_keycloak_has_ended(world, done):
    browser = await world.browser("operator")
    world.provider.is_over = True
    found = world.sessions.kept[browser.session_id]
    over = replace(found, tokens=replace(found.tokens, expires_at=utc_now()))
    world.sessions.kept[browser.session_id] = over
    answer = await browser.http.post("/toys/1/discard", data={"from": PAGE, "reason": "why"})
    assert (answer.status_code, done) == (303, [])
    world.provider.is_over = False
    await browser.log_in(session("operator"))
    assert 'value="why"' in (await browser.get(PAGE)).text


async def test_nothing_is_kept_for_strangers_and_nothing_endless(world, done):
    stranger = await world.browser()
    await stranger.http.post("/toys/1/discard", data={"from": PAGE, "reason": "x"})
    browser = await world.browser("operator")
    await grow_old(browser, seen_at=IDLE)
    await browser.http.post("/toys/1/discard", data={"from": PAGE, "reason": "x" * 30_000})
    assert world.sessions.forms == {}


async def grow_old(browser, **ages: timedelta) -> None:
    """Let a session have begun, or been seen last, so long ago."""
    found = await browser.sessions.find(browser.session_id)
    times = {name: utc_now() - age for name, age in ages.items()}
    await browser.sessions.keep(browser.session_id, replace(found, **times))
