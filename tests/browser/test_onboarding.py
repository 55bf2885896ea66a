"""An application is approved at the console, and seen to become active."""

import re

from playwright.async_api import expect

from tests.browser.visitors import Visitors
from tests.browser.world import World

#: From the click on; the steps wait for Keycloak and Kafka.
ACTIVE_MS = 30_000


async def test_an_application_is_approved_and_becomes_active(
    visitors: Visitors, world: World
) -> None:
    async with visitors.at_console() as page:
        await page.goto("/tenants")
        await page.get_by_role("link", name="Aufnahmen").click()
        card = page.locator(".card--to_decide", has_text="Frankenthal (Pfalz)")
        await card.get_by_role("link", name="Annehmen").click()
        await expect(page.locator("main")).to_contain_text("wird mit ihren Anteilen Mitglied")
        await page.get_by_role("button", name="Annehmen").click()
        await page.wait_for_url(f"**/tenants/{world.applicant}?done=approve")
        steps = page.locator("#way .steps-step")
        # Without a click or a reload: the page follows.
        await expect(steps.filter(has_text="erledigt")).to_have_count(7, timeout=ACTIVE_MS)
        await page.goto("/tenants/onboarding")
        settled = page.locator(".card--settled", has_text="Frankenthal (Pfalz)")
        await expect(settled).to_contain_text("aktiv", timeout=ACTIVE_MS)
        await settled.get_by_role("link", name="Frankenthal (Pfalz)").click()
        await page.get_by_role("link", name="Verlauf").click()
        done = page.get_by_role("region", name=re.compile("Betreibende"))
        await expect(done).to_contain_text("approve")
    seen = await world.get("member", f"/v1/applications/{world.applicant}")
    assert seen["tenant"]["status"] == "active"
