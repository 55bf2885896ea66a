"""What operators do all day, in a real browser on the real platform, from what they see to what comes of it."""

from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from services.console.domain.verdict import Limits, Sample
from tests.browser.shots import shoot
from tests.browser.visitors import WINDOW, Visitors
from tests.browser.world import World
from tests.support.waiting import until

#: A rollout measures for a while; everything else is quicker.
PATIENCE_MS = 150_000
#: What other stories made fail is in the minute before, against which a release is judged.
CALM_SECONDS = 90.0


async def test_poison_is_found_understood_and_driven_again(visitors: Visitors, world: World):
    async with visitors.at_console(form=WINDOW) as page:
        await page.goto("/repairs")
        await shoot(page, "repair-causes")
        await page.get_by_role("link", name="TenantNotKnownError").click()
        await expect(page.locator("main")).to_contain_text("reserve_vouchers.py")
        await page.locator('a[href^="/repairs/letters/voucher/"]').first.click()
        await expect(page.locator("main")).to_contain_text("TenantNotKnownError")
        await shoot(page, "repair-letter")
        await page.locator('a[href^="/repairs/groups/voucher/"]').first.click()
        await world.poison.tell_of_the_stranger()
        await page.get_by_role("link", name="Drive all again").click()
        await page.get_by_label("Reason").fill(
            "Grünstadt's activation had not been told; it is now"
        )
        await page.get_by_role("button", name="Preview").click()
        await expect(page.locator("h1")).to_contain_text("Drive 3 letters again")
        await shoot(page, "repair-preview")
        assert await world.poison.vouchers() == 0, "a preview does nothing"
        await page.get_by_role("button", name="Confirm").click()
        standing = page.locator("#repair-standing")
        await expect(standing).to_contain_text("3 of 3 settled", timeout=PATIENCE_MS)
        await expect(standing).to_contain_text("Took effect: 3")
        await shoot(page, "repair-done")
    assert await world.poison.vouchers() == 3


@pytest.mark.thorough
async def test_a_release_that_fails_goes_back_by_itself(visitors: Visitors, world: World):
    bad = world.releases.failing()
    before = await world.releases.voucher.running()
    async with visitors.at_console(form=WINDOW) as page, world.releases.voucher.asked():
        await until(world.releases.voucher.lately, _used_without_failures, seconds=CALM_SECONDS)
        await _roll_out(page, bad, "A faster list of programmes")
        rollout = page.locator("#rollout")
        await expect(rollout).to_contain_text("rolled back", timeout=PATIENCE_MS)
        await expect(rollout).to_contain_text("100 % fail; before it were 0 %")
        await shoot(page, "rollout-rolled-back")
        await page.reload()
        await expect(page.locator("fieldset.releases")).to_contain_text("rejected")
    assert await world.releases.voucher.running() == before


@pytest.mark.thorough
async def test_a_release_that_nobody_uses_is_paused_and_accepted(visitors: Visitors, world: World):
    good = world.releases.good()
    async with visitors.at_console(form=WINDOW) as page:
        await _roll_out(page, good, "Monthly release, at night")
        rollout = page.locator("#rollout")
        await expect(rollout).to_contain_text("Too few to judge", timeout=PATIENCE_MS)
        await expect(rollout).to_contain_text("paused", timeout=PATIENCE_MS)
        await shoot(page, "rollout-paused")
        await page.reload()
        await page.locator("#reason-act").fill("It answers; I tried it myself")
        await page.get_by_role("button", name="Accept it without measurements").click()
        await expect(rollout).to_contain_text("done")
    running = await until(world.releases.voucher.running, _only(good))
    assert set(running) == {"api", "worker"}


async def _roll_out(page: Page, release: str, reason: str) -> None:
    await page.goto("/deployments/voucher")
    await page.locator(f'input[name="release"][value="{release}"]').check()
    await page.get_by_label("Reason for the rollout").fill(reason)
    await page.get_by_role("button", name="Start", exact=True).click()


def _used_without_failures(lately: Sample) -> bool:
    return lately.handled >= Limits().minimum and lately.failed == 0


def _only(release: str) -> Callable[[object], bool]:
    return lambda seen: isinstance(seen, dict) and set(seen.values()) == {(release,)}
