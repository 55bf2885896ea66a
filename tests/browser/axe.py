"""axe-core in a page: the rules of WCAG 2.2 AA, and what axe takes for good practice."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

SOURCE = Path(__file__).with_name("vendor") / "axe-core" / "axe.min.js"


async def violations(page: Page) -> list[str]:
    """Each broken rule with the elements that break it, in words; empty if all is well."""
    await page.evaluate(SOURCE.read_text())
    result = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [_said(each) for each in result["violations"]]


def _said(violation: dict[str, Any]) -> str:
    places = "; ".join(f"{node['target']} {node['html'][:200]}" for node in violation["nodes"][:5])
    return f"{violation['id']} ({len(violation['nodes'])} places): {violation['help']}: {places}"
