"""Fragments are made once for all who see the same, and sent only when they changed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from services.console.application import live as live_module
from services.console.application.live import Live, Update, Viewing
from tests.support.waiting import until

GERMAN = Viewing("de", frozenset({"operator"}))
ENGLISH = Viewing("en", frozenset({"operator"}))


class Page:
    """A view whose fragments a test changes."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {"a": "1", "b": "1"}
        self.made: list[tuple[Viewing, str]] = []
        self.error: Exception | None = None

    async def render(self, viewing: Viewing, token: str) -> Mapping[str, str]:
        self.made.append((viewing, token))
        if self.error:
            raise self.error
        return dict(self.shown)


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def live(page: Page) -> Live:
    made = Live()
    made.view("now", page.render, every=timedelta(milliseconds=5), changed=lambda: str(page.shown))
    return made


async def olga() -> str:
    return "olga"


@asynccontextmanager
async def following(
    live: Live, viewing: Viewing = GERMAN, last: str = ""
) -> AsyncIterator[AsyncIterator[Update]]:
    async with aclosing(live.follow("now", viewing, olga, last)) as updates:
        yield updates


async def test_a_browser_gets_everything_and_then_what_changed(live: Live, page: Page) -> None:
    async with following(live) as updates:
        assert (await anext(updates)).fragments == {"a": "1", "b": "1"}
        page.shown["b"] = "2"
        assert (await anext(updates)).fragments == {"b": "2"}


async def test_many_browsers_cost_one_render(live: Live, page: Page) -> None:
    async def first_and_next() -> list[Any]:
        async with following(live) as updates:
            first = await anext(updates)
            second = await anext(updates)
            return [first.fragments, second.fragments]

    browsers = [asyncio.create_task(first_and_next()) for _ in range(50)]
    await until(_rendered(page), lambda times: times >= 1)
    await asyncio.sleep(0)
    page.shown["a"] = "2"
    for seen in await asyncio.gather(*browsers):
        assert seen == [{"a": "1", "b": "1"}, {"a": "2"}]
    assert len(page.made) == 2


async def test_who_sees_something_else_has_a_render_of_their_own(live: Live, page: Page) -> None:
    async with following(live) as german, following(live, ENGLISH) as english:
        await anext(german)
        await anext(english)
    assert {viewing for viewing, _ in page.made} == {GERMAN, ENGLISH}
    assert {token for _, token in page.made} == {"olga"}


async def test_nothing_is_made_when_nobody_watches(live: Live, page: Page) -> None:
    async with following(live) as updates:
        await anext(updates)
    times = len(page.made)
    page.shown["a"] = "2"
    await asyncio.sleep(0.05)  # longer than several ticks: it is shown that nothing happens
    assert len(page.made) == times
    assert not live._channels


async def test_a_browser_that_comes_again_gets_what_it_missed(live: Live, page: Page) -> None:
    async with following(live) as other:
        last = (await anext(other)).id
        page.shown["b"] = "2"
        await anext(other)
        async with following(live, last=last) as updates:
            assert (await anext(updates)).fragments == {"b": "2"}
        async with following(live, last="of-before") as updates:
            assert (await anext(updates)).fragments == {"a": "1", "b": "2"}


async def test_a_slow_browser_skips_what_was_in_between(live: Live, page: Page) -> None:
    async with following(live) as slow, following(live) as quick:
        await anext(slow)
        await anext(quick)
        for value in ("2", "3", "4"):
            page.shown["a"] = value
            await anext(quick)
        assert (await anext(slow)).fragments == {"a": "4"}


async def test_without_changes_there_is_a_sign_of_life(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "BEAT_SECONDS", 0.02)
    async with following(live) as updates:
        first = await anext(updates)
        beat = await anext(updates)
    assert (beat.fragments, beat.id) == ({}, first.id)


async def test_a_view_that_fails_leaves_the_browsers_what_they_have(live: Live, page: Page) -> None:
    async with following(live) as updates:
        await anext(updates)
        page.error = RuntimeError()
        page.shown["a"] = "2"
        await until(_rendered(page), lambda times: times >= 2)
        page.error = None
        page.shown["a"] = "3"
        assert (await anext(updates)).fragments == {"a": "3"}


def _rendered(page: Page) -> Any:
    async def look() -> int:
        return len(page.made)

    return look
