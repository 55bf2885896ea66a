"""Names and errors come from outside: none runs, pushes anything aside, or keeps anybody out."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import axe
from tests.browser.hostile import PAGES, SESSION, hostile_console
from tests.browser.layout import unreadable


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def console(unused_tcp_port_factory) -> AsyncIterator[str]:
    async with hostile_console(unused_tcp_port_factory()) as address:
        yield address


@pytest.mark.parametrize("path", PAGES)
async def test_a_hostile_name_stays_in_its_place(path: str, console: str, chromium: Browser):
    async with await chromium.new_context(
        base_url=console,
        locale="de-DE",
        reduced_motion="reduce",
        viewport={"width": 320, "height": 800},
    ) as context:
        await context.add_cookies([{"name": "console-session", "value": SESSION, "url": console}])
        await context.route("**/live/**", lambda route: route.fulfill(status=204))
        page = await context.new_page()
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        answer = await page.goto(path)
        assert answer and answer.ok, await page.locator("main").inner_text()
        assert await unreadable(page) == []
        assert await axe.violations(page) == []
