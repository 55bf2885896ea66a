"""The letter to a new administrator, on the real Keycloak: it ends, and another one opens the platform."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

from services.member.adapters import keycloak
from services.member.entrypoints.onboarding_worker import OnboardingWorker
from tests.member.http import OPERATOR
from tests.member.platform import Postgres, approve, member_settings, worker_of
from tests.member.test_keycloak import claims
from tests.support.waiting import until

if TYPE_CHECKING:
    from deploy.local.stack import Stack

#: A letter's link, the link to go on, and the form of the next thing to do.
LINK = re.compile(r"https?://\S+/login-actions/action-token\S+")
GO_ON = re.compile(r'href="([^"]+/login-actions/action-token[^"]+)"')
FORM = re.compile(r'<form[^>]+action="([^"]+)"')


async def test_an_expired_invitation_is_refused_and_another_one_opens_the_platform(
    platform: "Stack",
    client: httpx.AsyncClient,
    postgres_units: Postgres,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"bildung-{uuid4().hex[:8]}@example.org"
    tenant_id = (await approve(postgres_units, applicant="", contact_email=address)).tenant_id
    async with worker_of(member_settings(platform)) as (worker, _foundation):
        with monkeypatch.context() as soon:
            soon.setattr(keycloak, "INVITATION_SECONDS", 1)
            expired = await _next_letter(platform, worker, address)
        refused = await until(lambda: _opened(expired), lambda page: page.status_code != 200)
        assert refused.status_code == 400
        assert "Action expired" in refused.text
        again = await client.post(f"/v1/applications/{tenant_id}/invitation", headers=OPERATOR)
        assert again.status_code == 200, again.text
        link = await _next_letter(platform, worker, address)
        assert (await _opened(expired)).status_code == 400, "the new letter has revived the old one"
        await _follow(link, address)
        named = (await claims(platform.service_environment("member"), address))["organization"]
        assert [each["tenant_id"] for each in named.values()] == [[str(tenant_id)]]
        # Whoever has set a password is in, and gets no letter more.
        await client.post(f"/v1/applications/{tenant_id}/invitation", headers=OPERATOR)
        await worker.run_once()
        assert len(_links(platform, address)) == 2


async def _next_letter(platform: "Stack", worker: OnboardingWorker, address: str) -> str:
    """The link of the letter that the worker has sent."""
    before = _links(platform, address)
    await worker.run_once()
    [link] = _links(platform, address) - before
    return link


def _links(platform: "Stack", address: str) -> set[str]:
    letters = [each for each in platform.mail.letters() if each["To"] == address]
    parts = [part for each in letters for part in each.walk()]
    texts = [
        bytes(part.get_payload(decode=True)).decode()
        for part in parts
        if part.get_content_type() == "text/plain"
    ]
    return {link for each in texts for link in LINK.findall(each)}


@asynccontextmanager
async def _browser() -> AsyncIterator[httpx.AsyncClient]:
    async def trust_this_machine(_answer: httpx.Response) -> None:
        for cookie in browser.cookies.jar:
            cookie.secure = False  # browsers send it to this machine without TLS, too

    hooks = {"response": [trust_this_machine]}
    async with httpx.AsyncClient(
        trust_env=False, follow_redirects=True, timeout=30, event_hooks=hooks
    ) as browser:
        yield browser


async def _opened(link: str) -> httpx.Response:
    """The page that the link opens for somebody who has not been there."""
    async with _browser() as browser:
        return await browser.get(link)


async def _follow(link: str, address: str) -> None:
    """Do what the letter asks for, to the end: the password is as of the realm's other accounts."""
    password = f"demo-{address}"
    answers = {"firstName": "Kim", "lastName": "Probe", "email": address, "username": address}
    answers |= {"password-new": password, "password-confirm": password}
    async with _browser() as browser:
        page = await browser.get(link)
        go_on = GO_ON.search(page.text)
        assert go_on, page.text
        page = await browser.get(unescape(go_on[1]))
        for _ in keycloak.FIRST_ACTIONS:
            if form := FORM.search(page.text):
                page = await browser.post(unescape(form[1]), data=answers)
    assert "Your account has been updated" in page.text, page.text
