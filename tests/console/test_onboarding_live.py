"""The onboarding board changes by itself, and says so when it cannot."""

from contextlib import aclosing
from typing import Any

import pytest

from services.console.application import live as live_module
from services.console.application.live import Live, Viewing
from services.console.domain.errors import ServiceSilentError
from tests.console.conftest import World
from tests.console.tenants import FAILED, TENANT, onboarding, step, under_way

OPERATOR = Viewing("en", frozenset({"operator"}))
OF_ONE = Viewing("en", frozenset({"operator"}), (("tenant", TENANT),))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "BEAT_SECONDS", 3.0)


async def token() -> str:
    return "olga"


def member_says(world: World, *steps: dict[str, Any]) -> None:
    way = onboarding(*steps, status="approved")
    world.services.says("member", "/v1/onboardings", [under_way(way)])
    world.services.says("member", f"/v1/applications/{TENANT}/onboarding", way)


@pytest.mark.parametrize(
    ("view", "viewing", "element"),
    [("onboarding", OPERATOR, "board"), ("tenant-onboarding", OF_ONE, "way")],
)
async def test_a_step_is_seen_when_it_ends_and_trouble_is_said(
    world: World, view: str, viewing: Viewing, element: str
) -> None:
    live: Live = world.app.state.live
    member_says(world, FAILED)
    async with aclosing(live.follow(view, viewing, token)) as updates:
        first = (await anext(updates)).fragments
        assert "Kafka does not answer." in first[element]
        member_says(world, step())
        changed = (await anext(updates)).fragments
        assert "Kafka does not answer." not in changed[element]
        silent = ServiceSilentError("member", "There was no answer in time.")
        for path in ("/v1/onboardings", f"/v1/applications/{TENANT}/onboarding"):
            world.services.says("member", path, silent)
        trouble = (await anext(updates)).fragments
        assert "There was no answer in time." in trouble["way-trouble"]
        assert element not in trouble


async def test_many_who_watch_cost_member_no_more_than_one(world: World) -> None:
    live: Live = world.app.state.live
    member_says(world, FAILED)
    streams = [live.follow("onboarding", OPERATOR, token) for _ in range(20)]
    try:
        for stream in streams:
            await anext(stream)
        asked = [path for _, path, _ in world.services.asked]
        assert len(asked) <= 2
    finally:
        for stream in streams:
            await stream.aclose()
