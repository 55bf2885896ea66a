"""What the checks of pages are for: each finds the fault that it looks for, and nothing in a page without one."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser import axe, keyboard
from tests.browser.layout import moving, unreadable

PAGE = """<!doctype html><html lang="de"><head><title>x</title><style>
  body {{ margin: 0; font: 16px/1.5 sans-serif; }} :focus-visible {{ outline: 3px solid #00f; }} {style}
</style></head><body><a href="#main">Zum Inhalt</a><main id="main" tabindex="-1"><h1>Jetzt</h1>{body}</main></body></html>"""


@pytest_asyncio.fixture(loop_scope="session")
async def phone(chromium: Browser) -> AsyncIterator[Page]:
    page = await chromium.new_page(viewport={"width": 320, "height": 600})
    yield page
    await page.close()


async def show(page: Page, body: str, style: str = "") -> None:
    await page.set_content(PAGE.format(body=body, style=style))


async def test_a_sound_page_passes(phone: Page):
    table = '<div role="region" aria-label="Zahlen" tabindex="0" style="overflow-x: auto"><p style="width: 900px">12</p></div>'
    await show(phone, f"<p>Alles geht.</p>{table}<button>Weiter</button>")
    assert await unreadable(phone) == []
    assert await moving(phone) == []
    assert await keyboard.faults(phone) == []
    assert await axe.violations(phone) == []


async def test_a_field_for_a_date_has_several_stops(phone: Page):
    await show(phone, '<label>Tag <input type="date"></label><button>Weiter</button>')
    assert await keyboard.faults(phone) == []


async def test_what_is_too_wide_is_found(phone: Page):
    await show(phone, '<p style="width: 400px">breit</p>')
    assert any("breit" in each for each in await unreadable(phone))


async def test_texts_that_cover_each_other_are_found(phone: Page):
    await show(phone, '<p>unten</p><p style="margin-top: -2.5em">darüber</p>')
    assert "covered: unten | darüber" in await unreadable(phone)


async def test_an_act_out_of_reach_is_found(phone: Page):
    trap = "<button onkeydown=\"event.key === 'Tab' && event.preventDefault()\">Falle</button>"
    await show(phone, f'{trap}<a href="/danach">danach</a>')
    assert any("not reached" in each and "danach" in each for each in await keyboard.faults(phone))


async def test_a_focus_that_nobody_sees_is_found(phone: Page):
    await show(phone, "<button>Weiter</button>", "button:focus-visible { outline: none; }")
    assert any("not to be seen" in each for each in await keyboard.faults(phone))


async def test_what_moves_is_found(phone: Page):
    await show(
        phone,
        '<p class="spin">dreht</p>',
        "@keyframes spin { to { opacity: 0.5; } } .spin { animation: spin 1s infinite; }",
    )
    assert any("dreht" in each for each in await moving(phone))


async def test_what_axe_knows_is_found(phone: Page):
    await show(phone, '<img src="data:,"><p style="color: #ccc">blass</p>')
    found = await axe.violations(phone)
    assert {"image-alt", "color-contrast"} <= {each.split(" ")[0] for each in found}
