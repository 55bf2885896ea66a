"""Whether a page can be read in a narrow window, and keeps still for who asks for it."""

from pathlib import Path

from playwright.async_api import Page

SCRIPTS = Path(__file__).with_name("scripts")
MOVING = """() => document.getAnimations().filter((each) => each.playState === "running")
  .map((each) => each.effect.target.outerHTML.slice(0, 120))"""


async def unreadable(page: Page) -> list[str]:
    """What makes the page scroll sideways, and texts that cover each other."""
    beyond = await page.evaluate((SCRIPTS / "beyond.js").read_text())
    covered = await page.evaluate((SCRIPTS / "overlaps.js").read_text())
    return [f"too wide: {each}" for each in beyond] + [f"covered: {each}" for each in covered]


async def moving(page: Page) -> list[str]:
    """What moves by itself."""
    found: list[str] = await page.evaluate(MOVING)
    return found
