"""The stream of a page: who may follow it, what it carries, and when it ends."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.console.application import live as live_module
from services.console.entrypoints import live as live_entrypoint
from shared.clock import utc_now
from tests.console.conftest import Browser, World
from tests.console.fakes import session
from tests.console.statuses import lately, process, tell
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_entrypoint, "SESSION_SECONDS", 0.0)
    monkeypatch.setattr(live_module, "BEAT_SECONDS", 0.1)


@dataclass
class Event:
    """As a browser takes it apart."""

    id: str = ""
    event: str = ""
    data: str = ""

    @property
    def elements(self) -> list[str]:
        return re.findall(r'<hx-partial id="([^"]+)"', self.data)


def events(answer: httpx.Response) -> list[Event]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in filter(None, answer.text.split("\n\n")):
        made = Event()
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name:
                joined = f"{made.data}\n{value}" if name == "data" and made.data else value
                setattr(made, name, joined)
        found.append(made)
    return found


async def followed(
    world: World, browser: Browser, *changes: Any, last: str = "", ended: bool = True
) -> list[Event]:
    """Follow the page Now while the platform changes, until the session has ended or the role is gone."""
    live = world.app.state.live

    async def renders() -> int:
        return max((each.version for each in live._channels.values()), default=0)

    stream = asyncio.create_task(browser.get("/live/now", headers={"Last-Event-ID": last}))
    await until(renders, lambda version: version >= 1)
    for change in changes:
        before = await renders()
        change()
        await until(renders, before.__lt__)
    if ended:
        await world.sessions.end(browser.session_id)
    else:
        kept = world.sessions.kept
        kept[browser.session_id] = replace(kept[browser.session_id], roles=frozenset())
    return events(await asyncio.wait_for(stream, 5))


async def test_a_page_gets_everything_then_what_changes_then_its_end(world: World) -> None:
    tell(world)
    browser = await world.browser("viewer")

    def stop() -> None:
        stopped = process(state="stopped", seen_at=utc_now())
        tell(world, voucher=lately("voucher", processes=(process("api"), stopped)))

    first, *rest = await followed(world, browser, stop)
    assert set(first.elements) == {
        "now-headline",
        "now-ago",
        "now-picture",
        "now-services",
        "now-parts",
        "now-processes",
    }
    changed = [element for each in rest for element in each.elements]
    assert "now-headline" in changed
    assert "now-parts" not in changed, "what did not change is not sent"
    assert "The worker of voucher was stopped" in "".join(each.data for each in rest)
    assert rest[-2].elements == ["live-ended"]
    assert rest[-1].event == "end"


async def test_who_comes_again_gets_only_what_changed_meanwhile(world: World) -> None:
    tell(world)
    other = await world.browser("viewer", subject="other")
    stays = asyncio.create_task(other.get("/live/now"))
    one = await world.browser("viewer")
    last = (await followed(world, one))[0].id
    again = await world.browser("viewer")
    seen = await followed(world, again, last=last)
    assert "now-parts" not in seen[0].elements
    await world.sessions.end(other.session_id)
    await stays


async def test_who_is_not_logged_in_is_told_so_in_the_stream(world: World) -> None:
    ended, end = events(await (await world.browser()).get("/live/now"))
    assert "Your session has ended." in ended.data
    assert 'href="/login"' in ended.data
    assert end.event == "end"


async def test_who_loses_a_role_follows_no_longer(world: World) -> None:
    tell(world)
    browser = await world.browser("operator")
    stream = asyncio.create_task(browser.get("/live/now"))
    await until(_channels(world), lambda number: number == 1)
    world.sessions.kept[browser.session_id] = session("viewer")
    assert events(await asyncio.wait_for(stream, 5))[-1].event == "end"
    await until(_channels(world), lambda number: number == 0)


async def test_following_does_not_keep_a_session_alive(world: World) -> None:
    tell(world)
    long_ago = utc_now() - timedelta(minutes=29)
    browser = await world.browser("viewer", seen_at=long_ago)
    await followed(world, browser, ended=False)
    assert world.sessions.kept[browser.session_id].seen_at == long_ago


async def test_a_view_that_is_not_there_is_not_found(world: World) -> None:
    assert (await (await world.browser("viewer")).get("/live/nothing")).status_code == 404


def _channels(world: World) -> Any:
    async def look() -> int:
        return len(world.app.state.live._channels)

    return look
