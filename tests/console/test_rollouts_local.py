"""Rollouts of real processes under a real supervisord: one that succeeds, fails, pauses, and goes on elsewhere."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from deploy.local.services import checked_out
from deploy.local.stack import Stack
from services.console.domain.rollout import Phase, RolloutError
from tests.console.local import FAILING, OLGA, OTTO, RULES, SOUND, LocalVoucher
from tests.support import platform
from tests.support.waiting import until


@pytest.fixture(scope="module")
def voucher_stack() -> Iterator[Stack]:
    with platform.test_stack(("postgres", "kafka", "valkey", "voucher")) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="session")
async def voucher(voucher_stack: Stack) -> AsyncIterator[LocalVoucher]:
    made = LocalVoucher(voucher_stack)
    yield made
    await made.aclose()


async def test_a_release_runs_beside_the_other_and_takes_its_place(voucher: LocalVoucher) -> None:
    before = checked_out()
    assert await voucher.running() == {"api": (before,), "worker": (before,)}
    good = voucher.release("good")
    side_by_side = tuple(sorted((before, good)))
    async with voucher.asked():
        await voucher.acts.begin("voucher", good, "A test", OLGA)
        async with voucher.driven():
            await until(voucher.running, lambda now: now["api"] == side_by_side)
            surging = await voucher.reaches(Phase.SOAK)
        assert [str(turn.says) for turn in surging.turns][1] == "The migration runs."
        async with voucher.driven("another console, after this one has ended"):
            done = await voucher.reaches(Phase.DONE, Phase.PAUSED, Phase.ROLLED_BACK)
    assert done.phase is Phase.DONE, done.says
    assert "As good as before: 0.0 %" in str(done.says)
    assert await voucher.running() == {"api": (good,), "worker": (good,)}
    await voucher.acts.by_hand("rollback", "voucher", done.rollout_id, "End of the test", OLGA)
    async with voucher.driven():
        back = await voucher.reaches(Phase.ROLLED_BACK)
    assert back.turns[-2].by == "Olga"
    assert await voucher.running() == {"api": (before,), "worker": (before,)}


async def test_a_release_that_fails_is_rolled_back_and_remembered(voucher: LocalVoucher) -> None:
    before = checked_out()
    bad = voucher.release("bad", file="shared/auth/dependencies.py", old=SOUND, new=FAILING)
    async with voucher.asked(), voucher.driven():
        await voucher.acts.begin("voucher", bad, "A test", OLGA)
        back = await voucher.reaches(Phase.ROLLED_BACK, Phase.DONE, Phase.PAUSED)
    assert back.phase is Phase.ROLLED_BACK, back.says
    assert "% fail; before it were 0.0 %." in str(back.says)
    assert await voucher.running() == {"api": (before,), "worker": (before,)}
    await voucher.acts.begin("voucher", bad, "Once more", OLGA)
    again = await voucher.current()
    assert again.waits_for_second_person
    with pytest.raises(RolloutError, match="somebody else"):
        await voucher.acts.confirm("voucher", again.rollout_id, OLGA)
    await voucher.acts.by_hand("rollback", "voucher", again.rollout_id, "No", OTTO)
    assert (await voucher.current()).phase is Phase.REFUSED


async def test_a_release_that_does_not_start_replaces_nothing(voucher: LocalVoucher) -> None:
    before = checked_out()
    broken = voucher.release(
        "broken", file="services/voucher/bootstrap.py", old="import", new="import nothing, "
    )
    processes = {each.role: each.replicas[0].name for each in await voucher.deployments.roles()}
    async with voucher.driven(rules=replace(RULES, readiness=timedelta(seconds=8))):
        await voucher.acts.begin("voucher", broken, "A test", OLGA)
        back = await voucher.reaches(Phase.ROLLED_BACK, Phase.DONE, Phase.PAUSED)
    assert back.phase is Phase.ROLLED_BACK
    assert await voucher.running() == {"api": (before,), "worker": (before,)}
    assert processes == {"api": "voucher-api", "worker": "voucher-worker"}


async def test_without_requests_it_is_paused_and_a_person_decides(voucher: LocalVoucher) -> None:
    quiet = voucher.release("quiet")
    async with voucher.driven():
        await voucher.acts.begin("voucher", quiet, "A test at night", OLGA)
        paused = await voucher.reaches(Phase.PAUSED, Phase.DONE, Phase.ROLLED_BACK)
        assert paused.phase is Phase.PAUSED, paused.says
        assert "Too few to judge" in str(paused.says)
        assert await voucher.running() == {"api": (quiet,), "worker": (quiet,)}
        with pytest.raises(RolloutError, match="under way"):
            await voucher.acts.restart("voucher", "api", "A test", OLGA)
        await voucher.acts.by_hand(
            "acceptance", "voucher", paused.rollout_id, "It answers, I tried it", OLGA
        )
    done = await voucher.current()
    assert (done.phase, done.turns[-1].by) == (Phase.DONE, "Olga")


async def test_a_role_is_scaled_and_started_anew_and_both_are_written_down(
    voucher: LocalVoucher,
) -> None:
    async def ready() -> list[tuple[str, bool]]:
        roles = {each.role: each for each in await voucher.deployments.roles()}
        return [(each.name, each.is_ready) for each in roles["worker"].replicas]

    both = [("voucher-worker", True), ("voucher-worker-next", True)]
    await voucher.acts.scale("voucher", "worker", 2, "Much to do", OLGA)
    await until(ready, lambda now: now == both)
    await voucher.acts.restart("voucher", "worker", "It seems stuck", OLGA)
    await until(ready, lambda now: now == both)
    await voucher.acts.scale("voucher", "worker", 1, "Enough", OLGA)
    await until(ready, lambda now: now == both[:1])
    with pytest.raises(RolloutError, match="from 1 to 2"):
        await voucher.acts.scale("voucher", "worker", 3, "More", OLGA)
    acts = (await voucher.deployments.read("voucher")).book.acts
    assert [(each.by, each.reason) for each in acts[:3]] == [
        ("Olga", "Enough"),
        ("Olga", "It seems stuck"),
        ("Olga", "Much to do"),
    ]
