"""Going through a page by the Tab key alone."""

from pathlib import Path

from playwright.async_api import Page

SCRIPT = Path(__file__).with_name("scripts") / "keyboard.js"
#: Stops beyond those of the page: its regions that scroll, which browsers make stops of by themselves, and the parts
#: of a field for a date.
SPARE_STOPS = 20


async def faults(page: Page) -> list[str]:
    """Acts that Tab does not reach, or without a visible focus, and where it stays caught."""
    await page.evaluate(SCRIPT.read_text())
    acts: list[str] = await page.evaluate("keyboard.begin()")
    reached: set[int] = set()
    before = -1
    found: list[str] = []
    for _ in range(len(acts) + SPARE_STOPS):
        await page.keyboard.press("Tab")
        here = await page.evaluate("keyboard.here()")
        if here is None or (here["place"] in reached and here["place"] != before):
            break
        # Parts of a field are marked by the browser itself.
        is_part = 0 <= here["place"] == before
        before = here["place"]
        if here["place"] >= 0:
            reached.add(here["place"])
        if not is_part and not here["looksFocused"]:
            found.append(f"the focus is not to be seen: {here['said']}")
        if not here["inWindow"]:
            found.append(f"the focus is outside the window: {here['said']}")
    return found + [f"not reached: {act}" for place, act in enumerate(acts) if place not in reached]


async def skip_to_content(page: Page) -> str | None:
    """The id of what has the focus after the first stop's Enter: the skip link's target."""
    await page.reload()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    found: str | None = await page.evaluate("document.activeElement && document.activeElement.id")
    return found
