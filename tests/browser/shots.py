"""Pictures for the documents: `make screenshots` takes them while the stories are played."""

import os
from pathlib import Path
from typing import Final

from playwright.async_api import Page

VARIABLE: Final = "SCREENSHOTS"
IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"


async def shoot(page: Page, name: str) -> None:
    """Keep what the window shows as docs/images/NAME.png, if pictures are wanted."""
    if os.environ.get(VARIABLE):
        IMAGES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=IMAGES / f"{name}.png", scale="css", animations="disabled")
