"""One poller a process: it hears every service, waits for none, and burdens none."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.console.adapters.statuses import HttpStatuses
from services.console.application import observe
from services.console.application.board import Board
from services.console.application.observe import Poller
from services.console.domain import reasons
from services.console.domain.errors import (
    IssuerSilentError,
    Refusal,
    ServiceRefusedError,
    ServiceSilentError,
)
from services.console.domain.health import Condition
from tests.console.fakes import NAMES, FakeMachine
from tests.console.statuses import NOW, SPEYER, ago, process, status, waiting
from tests.console.voices import Voices, as_json
from tests.support.waiting import until

STATUS, WAITING = "/v1/operations/status", "/v1/operations/waiting"
SILENT = ServiceSilentError("voucher", "It cannot be reached.")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Account(FakeMachine):
    error: Exception | None = None

    async def token(self) -> str:
        if self.error:
            raise self.error
        return await super().token()


class World:
    def __init__(self) -> None:
        self.clock, self.voices, self.account = Clock(), Voices(), Account()
        self.board = Board(NAMES, self.clock)
        self.redis_fails = False
        checks: dict[str, Callable[[], Awaitable[None]]] = {"redis": self._redis}
        statuses = HttpStatuses(self.voices, self.account)
        self.poller = Poller(statuses, self.board, checks, self.clock)

    async def _redis(self) -> None:
        if self.redis_fails:
            raise ConnectionError

    async def look(self, service: str = "voucher") -> Any:
        await self.poller.look(service)
        return self.board.health(service)

    @asynccontextmanager
    async def watching(self):
        task = asyncio.create_task(self.poller.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def world() -> World:
    return World()


async def test_a_service_is_unknown_until_it_was_heard(world: World) -> None:
    assert world.board.health("voucher").condition is Condition.UNKNOWN
    assert (await world.look()).condition is Condition.OK
    assert world.voices.tokens["voucher"] == {"machine-token"}


async def test_what_was_heard_is_kept_for_ten_seconds_and_then_unknown(world: World) -> None:
    await world.look()
    world.clock.forward(10)
    assert world.board.health("voucher").condition is Condition.OK
    world.clock.forward(0.1)
    assert world.board.health("voucher").why == reasons.STALE
    assert world.board.status("voucher") is None


async def test_a_silent_service_is_down_after_three_seconds_and_since_it_was_first_asked(
    world: World,
) -> None:
    await world.look()
    world.voices.says("voucher", STATUS, SILENT)
    world.clock.forward(1)
    assert (await world.look()).condition is Condition.OK
    world.clock.forward(3)
    down = await world.look()
    assert (down.condition, down.since) == (Condition.DOWN, NOW + timedelta(seconds=1))
    world.voices.tells("voucher", status())
    assert (await world.look()).condition is Condition.OK


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"service": "voucher"}, reasons.SERVICE_STRANGE),
        (["what"], reasons.SERVICE_STRANGE),
        (
            ServiceRefusedError("voucher", Refusal(403, "role_missing", "no")),
            reasons.SERVICE_REFUSES,
        ),
        (ServiceSilentError("voucher", "…", code="unavailable"), reasons.NO_DATABASE),
    ],
)
async def test_what_a_service_says_instead_is_shown_as_what_it_is(
    world: World, answer: Any, why: Any
) -> None:
    world.voices.says("voucher", STATUS, answer)
    assert (await world.look()).why == why
    assert (await world.look("feed")).condition is Condition.OK, "the others are as they are"


async def test_more_than_the_console_knows_is_no_trouble(world: World) -> None:
    world.voices.says("voucher", STATUS, {**as_json(status()), "new_in_1_5": {"a": 1}})
    assert (await world.look()).condition is Condition.OK


async def test_without_a_token_everything_becomes_unknown(world: World) -> None:
    await world.look()
    world.account.error = IssuerSilentError()
    world.clock.forward(11)
    assert (await world.look()).condition is Condition.UNKNOWN


async def test_trouble_that_does_not_say_since_when_began_when_it_was_first_seen(
    world: World,
) -> None:
    slow = process(is_ready=False, started_at=ago(3_600), checks={"broker": "TimeoutError"})
    for _ in range(3):
        world.voices.tells("voucher", status(processes=(process("api"), slow), at=world.clock.now))
        health = await world.look()
        world.clock.forward(1)
    assert (health.why, health.since) == (reasons.NOT_READY, NOW)


async def test_what_waits_is_asked_of_the_broker_only_while_work_stands_still(world: World) -> None:
    world.voices.says("voucher", WAITING, [as_json(waiting(2, 1))])
    async with world.watching():
        await until(_asked(world, "voucher", STATUS), lambda times: times >= 2)
        assert await _asked(world, "voucher", WAITING)() == 0
        gone = process(state="gone", seen_at=ago(6))
        world.voices.tells("voucher", status(processes=(process("api"), gone)))
        await until(_tenants(world), lambda tenants: tenants == (SPEYER,), seconds=3)
        assert world.board.headline().subject == "voucher"
        world.voices.tells("voucher", status())
        await until(_tenants(world), lambda tenants: tenants == (), seconds=3)
        assert world.board.observation("voucher").waiting is None, "what waited then is over"


async def test_a_slow_service_delays_no_other_and_is_asked_less(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observe, "EVERY_SECONDS", 0.02)
    world.voices.seconds["voucher"] = 0.2
    async with world.watching():
        await until(_asked(world, "feed", STATUS), lambda times: times >= 40)
    assert world.voices.times("voucher", STATUS) <= 3


async def test_the_console_looks_at_redis_itself(world: World) -> None:
    look = world.poller._checks["redis"]
    await world.poller.look_at("redis", look)
    assert world.board.part("redis").condition is Condition.OK
    world.redis_fails = True
    world.clock.forward(2)
    await world.poller.look_at("redis", look)
    down = world.board.part("redis")
    assert (down.condition, down.since) == (Condition.DOWN, NOW + timedelta(seconds=2))


async def test_records_wait_since_they_were_first_seen_without_a_break(world: World) -> None:
    behind = status(lag={"catalogue-events": 3})
    for seconds in range(3):
        world.voices.tells("voucher", replace(behind, at=NOW + timedelta(seconds=seconds)))
        await world.look()
    assert world.board.observation("voucher").behind_since == NOW
    world.voices.tells("voucher", status())
    await world.look()
    assert world.board.observation("voucher").behind_since is None


def _asked(world: World, service: str, path: str) -> Callable[[], Awaitable[int]]:
    async def look() -> int:
        return world.voices.times(service, path)

    return look


def _tenants(world: World) -> Callable[[], Awaitable[tuple[str, ...]]]:
    async def look() -> tuple[str, ...]:
        return world.board.headline().named

    return look
