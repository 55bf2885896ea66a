"""An application is approved at the console, and seen to become active."""

from playwright.async_api import expect

from tests.browser.shots import shoot
from tests.browser.visitors import WINDOW, Visitors
from tests.browser.world import APPLICANT_NAME, World

STEPS = 7
#: From the click on; the steps wait for Keycloak and Kafka.
ACTIVE_MS = 30_000


async def test_an_application_is_approved_and_becomes_active(
    visitors: Visitors, world: World
) -> None:
    async with visitors.at_console(form=WINDOW) as page:
        await page.goto("/tenants")
        await page.get_by_role("link", name="Onboarding board").click()
        card = page.locator(".card--to_decide", has_text=APPLICANT_NAME)
        await shoot(page, "onboarding-board")
        await card.get_by_role("link", name="Approve").click()
        await expect(page.locator("main")).to_contain_text("It becomes a member with its shares")
        await page.get_by_role("button", name="Approve").click()
        await page.wait_for_url(f"**/tenants/{world.applicant}?done=approve")
        steps = page.locator("#way .steps-step")
        # Without a click or a reload: the page follows.
        await expect(steps.filter(has_text="done")).to_have_count(STEPS, timeout=ACTIVE_MS)
        await page.goto("/tenants/onboarding")
        settled = page.locator(".card--settled", has_text=APPLICANT_NAME)
        await expect(settled).to_contain_text("active", timeout=ACTIVE_MS)
        await shoot(page, "onboarding-done")
        await settled.get_by_role("link", name=APPLICANT_NAME).click()
        await page.get_by_role("link", name="History").click()
        done = page.get_by_role("region", name="What operators did")
        await expect(done).to_contain_text("approve")
    seen = await world.get("member", f"/v1/applications/{world.applicant}")
    assert seen["tenant"]["status"] == "active"
