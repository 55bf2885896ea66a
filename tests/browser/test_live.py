"""Pages that stand open: they say what changes by themselves, and leave whoever reads them in peace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import expect

from deploy.local.stack import Stack
from tests.browser.shots import shoot
from tests.browser.visitors import WINDOW, Visitors
from tests.browser.world import World

#: What the issue asks for: within so long it says what stands still, since when and for whom.
SEEN_MS = 5_000
#: Until a worker is stopped gently, or has caught up.
PATIENCE_MS = 60_000


async def test_what_stands_still_is_said_since_when_and_for_whom(
    visitors: Visitors, world: World
) -> None:
    async with visitors.at_console(form=WINDOW) as page:
        await page.goto("/")
        headline = page.locator("#now-headline")
        async with _stopped(world.stack, "voucher-worker"):
            booking = await world.book(1)
            await expect(headline).to_contain_text("worker of voucher", timeout=SEEN_MS)
            await expect(headline).to_contain_text("since", timeout=SEEN_MS)
            await expect(headline).to_contain_text("Speyer", timeout=SEEN_MS)
            await shoot(page, "now-stalled")
        await expect(headline).not_to_contain_text("worker of voucher", timeout=PATIENCE_MS)
        await page.goto(f"/stories/{booking}")
        await expect(page.locator("main")).to_contain_text("voucher.reserved.v1")
        await shoot(page, "story")


async def test_what_changes_takes_no_focus_away(visitors: Visitors, world: World) -> None:
    async with visitors.at_console(form=WINDOW) as page:
        await page.goto("/")
        link = page.locator("#now-services a").first
        await link.focus()
        before = await page.locator("#now-ago").inner_text()
        await expect(page.locator("#now-ago")).not_to_have_text(before, timeout=PATIENCE_MS)
        await expect(link).to_be_focused()


async def test_a_page_whose_first_connection_fails_becomes_live_after_all(
    visitors: Visitors,
) -> None:
    async with visitors.at_console(form=WINDOW, excused="/live/now") as page:
        await page.route("**/live/now", lambda route: route.fulfill(status=503), times=1)
        await page.goto("/")
        before = await page.locator("#now-ago").inner_text()
        await expect(page.locator("#now-ago")).not_to_have_text(before, timeout=PATIENCE_MS)


@asynccontextmanager
async def _stopped(stack: Stack, program: str) -> AsyncIterator[None]:
    stack.supervisor.stop_programs([program])
    try:
        yield
    finally:
        stack.supervisor.start_program(program)
