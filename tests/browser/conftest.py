"""A local platform with its console, what one sees there, and a browser."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from deploy.local.stack import EVERYTHING, Stack
from tests.browser.chromium import MISSING, executable, flags
from tests.browser.releases import QUICK
from tests.browser.visitors import Visitors
from tests.browser.world import World, furnish
from tests.support.platform import test_stack


@pytest.fixture(scope="package")
def whole_platform() -> Iterator[Stack]:
    """All of it as `make up` starts it, on ports of its own."""
    if not executable():
        pytest.skip(MISSING)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUICK.items():
            patch.setenv(name, value)
        with test_stack(EVERYTHING) as stack:
            yield stack


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def world(whole_platform: Stack) -> AsyncIterator[World]:
    """The platform with tenants, programmes, bookings, and some trouble."""
    async with furnish(whole_platform) as furnished:
        yield furnished


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser."""
    found = executable()
    if not found:
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=flags())
        yield browser
        await browser.close()


@pytest.fixture(scope="package")
def visitors(chromium: Browser, world: World) -> Visitors:
    """Operators at their browsers."""
    return Visitors(chromium, world)
