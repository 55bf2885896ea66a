"""Every page: accessible, by the keyboard alone, on a phone, in both languages, light and dark."""

import pytest
from playwright.async_api import Page

from tests.browser import axe, keyboard
from tests.browser.addresses import address, pages
from tests.browser.layout import moving, unreadable
from tests.browser.visitors import Form, Visitors, narrow
from tests.browser.world import World

USUAL = Form()
OTHERS = (Form("de", "dark"), Form("en", "light"), Form("en", "dark"))
#: One in which the test runs in `make test`, and those that take the time of `make browser`.
FORMS = (USUAL, *(pytest.param(form, marks=pytest.mark.thorough) for form in OTHERS))
#: German words are long: in English, a page is not wider.
PHONES = (narrow(USUAL), pytest.param(narrow(OTHERS[2]), marks=pytest.mark.thorough))

every_page = pytest.mark.parametrize("path", pages())


async def _open(page: Page, path: str, world: World) -> None:
    """The page as it is when all of it has been loaded."""
    answer = await page.goto(address(path, world), wait_until="load")
    assert answer
    assert answer.status < 500, await page.locator("main").inner_text()
    assert (answer.status == 404) == (path == "/nowhere"), answer.url


@every_page
@pytest.mark.parametrize("form", FORMS, ids=str)
async def test_nothing_keeps_anybody_out(path: str, form: Form, visitors: Visitors, world: World):
    async with visitors.at_console(form=form) as page:
        await _open(page, path, world)
        assert await page.locator("html").get_attribute("lang") == form.language
        assert await axe.violations(page) == []
        assert await moving(page) == []


@every_page
@pytest.mark.parametrize("form", PHONES, ids=str)
async def test_it_can_be_read_on_a_phone(path: str, form: Form, visitors: Visitors, world: World):
    async with visitors.at_console(form=form) as page:
        await _open(page, path, world)
        assert await unreadable(page) == []


@every_page
@pytest.mark.thorough
async def test_the_keyboard_is_enough(path: str, visitors: Visitors, world: World):
    async with visitors.at_console(is_live=False) as page:
        await _open(page, path, world)
        assert await keyboard.faults(page) == []
        assert await keyboard.skip_to_content(page) == "main"
