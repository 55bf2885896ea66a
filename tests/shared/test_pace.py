"""Background work rests in proportion to what it took."""

import asyncio

import pytest

from shared.processes import pace
from shared.processes.pace import Pace


async def test_a_step_that_took_long_is_followed_by_a_long_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, rests = 0.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        rests.append(seconds)
        now += seconds

    monkeypatch.setattr(pace, "monotonic", lambda: now)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    background = Pace(0.25)
    for step in (1.0, 2.0, 0.0):
        now += step
        await background.rest()
    assert rests == [3.0, 6.0, 0.0], "of its time it rests three quarters"


async def test_work_that_may_take_all_the_time_does_not_rest() -> None:
    async with asyncio.timeout(1):
        await Pace(1).rest()
