"""The driver does what a phase asks for, one console at a time, and forgets nothing when it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.console.application.measuring import of_all, of_release
from services.console.application.roll_out import Driver
from services.console.domain.rollout import Migrating, Phase
from services.console.domain.rollout_book import Book
from services.console.domain.rollout_by_hand import pause
from services.console.domain.status import Status
from services.console.domain.verdict import Sample
from tests.console.deployments import FakeDeployments, role
from tests.console.rollouts import NOW, RULES, wish
from tests.console.statuses import process, status


class Case:
    """A driver over fakes, with a clock of its own."""

    def __init__(self) -> None:
        self.deployments, self.now = FakeDeployments(), NOW
        self.status: Status | None = status(processes=_running("a"))

    def driver(self, holder: str = "one") -> Driver:
        return Driver(self.deployments, lambda _: self.status, RULES, lambda: self.now, holder)

    async def begin(self) -> None:
        await self.deployments.write("voucher", Book().begin(wish(), self.now), "0")

    async def tick(self, seconds: int = 10, holder: str = "one") -> Phase:
        self.now += timedelta(seconds=seconds)
        await self.driver(holder).tick("voucher")
        book = (await self.deployments.read("voucher")).book
        assert book.current
        return book.current.phase


def _running(release: str):
    return (process("api", commit=release), process("worker", commit=release))


@pytest.fixture
def case() -> Case:
    return Case()


async def test_a_rollout_goes_its_way_with_a_new_driver_at_every_step(case: Case) -> None:
    await case.begin()
    assert await case.tick() is Phase.MIGRATE
    assert await case.tick() is Phase.SURGE
    assert await case.tick() is Phase.SURGE
    case.deployments.in_place = True
    assert await case.tick() is Phase.SOAK
    case.status = status(processes=_running("b"))
    assert [await case.tick() for _ in range(6)][-1] is Phase.DONE
    migrated = ("migrate", "voucher", "b", "r1")
    brought = ("bring", "voucher", "b")
    assert case.deployments.done == [migrated, brought, brought]


async def test_a_release_that_is_not_on_offer_is_refused(case: Case) -> None:
    await case.begin()
    case.deployments.offered = []
    assert await case.tick() is Phase.REFUSED
    assert case.deployments.done == []


async def test_a_service_of_which_a_role_is_missing_is_refused(case: Case) -> None:
    await case.begin()
    case.deployments.shown = (role("api", "a"),)
    assert await case.tick() is Phase.REFUSED


async def test_of_two_consoles_one_drives(case: Case) -> None:
    await case.begin()
    assert await case.tick(holder="one") is Phase.MIGRATE
    assert await case.tick(holder="other") is Phase.MIGRATE
    assert await case.tick(holder="one") is Phase.SURGE


async def test_what_an_operator_did_meanwhile_is_not_overwritten(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    await case.begin()
    driver = case.driver()

    async def meanwhile(*_: object) -> Migrating:
        kept = await case.deployments.read("voucher")
        assert kept.book.current
        paused = pause(kept.book.current, "olga", "Wait", case.now)
        await case.deployments.write("voucher", kept.book.moved(paused), kept.mark)
        return Migrating.DONE

    await driver.tick("voucher")
    monkeypatch.setattr(case.deployments, "migrate", meanwhile)
    await driver.tick("voucher")
    current = (await case.deployments.read("voucher")).book.current
    assert current is not None
    assert (current.phase, current.turns[-1].by) == (Phase.PAUSED, "olga")


async def test_a_service_that_says_nothing_is_paused_and_not_rolled_back(case: Case) -> None:
    await case.begin()
    case.deployments.in_place = True
    for _ in range(3):
        await case.tick()
    case.status = None
    assert [await case.tick() for _ in range(3)] == [Phase.SOAK, Phase.SOAK, Phase.PAUSED]


def test_of_a_release_only_its_own_processes_are_measured() -> None:
    gone = replace(process("api", commit="b", name="api@other:1"), state="gone")
    stopped = replace(process("api", commit="b", name="api@other:2"), state="stopped")
    both = status(processes=(*_running("a"), *_running("b"), gone, stopped))
    assert of_release(both, "b") == Sample(
        processes=3, ready=2, handled=240, failed=0, lag=0, critical_time=0.2
    )
    assert of_all(both).processes == 5
    assert of_release(both, "c") == Sample(0, 0, 0, 0, 0)
