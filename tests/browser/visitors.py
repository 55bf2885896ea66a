"""Operators at their browsers: each logs in once by Keycloak, with password and second factor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from deploy.local.codes import code_of
from tests.browser.world import World

#: Long enough for a first page on a busy machine; a test that waits longer has failed.
PATIENCE_MS: Final = 15_000
LOCALES: Final = {"de": "de-DE", "en": "en-GB"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a page is looked at."""

    language: Literal["de", "en"] = "de"
    theme: Literal["light", "dark"] = "light"
    width: int = 1_280
    height: int = 800

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.width}"


#: For stories: the pictures of them are for documents in English.
WINDOW: Final = Form("en", "light", 1_100, 760)


class Visitors:
    """Opens pages of the console as one of the demo accounts."""

    def __init__(self, chromium: Browser, world: World) -> None:
        self._chromium, self._world = chromium, world
        self._logins: dict[str, Any] = {}

    @asynccontextmanager
    async def at_console(
        self,
        account: str | None = "operator",
        form: Form | None = None,
        *,
        is_live: bool = True,
        excused: str = "",
    ) -> AsyncIterator[Page]:
        """A page of somebody who is logged in (None: of nobody).

        At the end the browser must have had no complaint, save of the address that is `excused`.
        """
        form = form or Form()
        state = await self._login(account) if account else None
        async with self._context(form, storage_state=state) as context:
            if not is_live:
                await context.route("**/live/**", lambda route: route.fulfill(status=204))
            page = await context.new_page()
            complaints = _complaints(page)
            yield page
            assert [each for each in complaints if not (excused and excused in each)] == []

    async def log_in(self, page: Page, account: str, *, address: str = "/") -> None:
        """By Keycloak's own pages, as a person would."""
        await page.goto(address)
        await page.locator("#username").fill(account)
        await page.locator("#password").fill(f"demo-{account}")
        await page.locator("#kc-login").click()
        await page.locator("#otp").fill(code_of(account))
        await page.locator("#kc-login").click()
        await page.wait_for_url(f"{self._world.console}/**")

    async def _login(self, account: str) -> Any:
        if account not in self._logins:
            async with self._context(Form()) as context:
                await self.log_in(await context.new_page(), account)
                self._logins[account] = await context.storage_state()
        return self._logins[account]

    @asynccontextmanager
    async def _context(self, form: Form, **options: Any) -> AsyncIterator[BrowserContext]:
        context = await self._chromium.new_context(
            base_url=self._world.console,
            locale=LOCALES[form.language],
            color_scheme=form.theme,
            reduced_motion="reduce",
            timezone_id="Europe/Berlin",
            viewport={"width": form.width, "height": form.height},
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        try:
            yield context
        finally:
            await context.close()


def narrow(form: Form) -> Form:
    """The same on the smallest phone that WCAG 2.2 asks for (1.4.10)."""
    return replace(form, width=320)


def _complaints(page: Page) -> list[str]:
    """Collects what the browser complains of: errors of scripts, and what the content security policy refused.

    That the page itself was answered with an error is no complaint; a test sees to that.
    """
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        place = message.location.get("url", "")
        if message.type == "error" and place != page.url:
            found.append(f"{message.text} ({place})")

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
