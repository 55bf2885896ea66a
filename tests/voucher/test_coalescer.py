"""The coalescer: what waits together shares a transaction, fairly, and nobody suffers for another."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from services.voucher.entrypoints.coalescer import Coalescer
from shared.http.problems import Problem

LUDWIGSHAFEN, TRIER = uuid4(), uuid4()


class Ledger:
    """Carries out commands when it is let, and notes what came together."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.spoiled_by: dict[str, Exception] = {}

    async def carry_out(self, commands: Sequence[str]) -> Sequence[str | Exception]:
        self.batches.append(list(commands))
        await self.open.wait()
        for command in commands:
            if command in self.spoiled_by:
                raise self.spoiled_by[command]
        return [ValueError(each) if each.startswith("bad") else f"{each}!" for each in commands]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


async def _asked(
    coalescer: Coalescer[str, str], *commands: tuple[UUID, str]
) -> list[asyncio.Task[str]]:
    """Callers in this order; when it returns, all wait."""
    tasks = []
    for tenant_id, command in commands:
        tasks.append(asyncio.create_task(coalescer.ask(tenant_id, command)))
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


def _of(tenant_id: UUID, *commands: str) -> list[tuple[UUID, str]]:
    return [(tenant_id, command) for command in commands]


async def test_what_comes_alone_is_carried_out_at_once(ledger: Ledger) -> None:
    ledger.open.set()
    coalescer = Coalescer(ledger.carry_out)
    assert await coalescer.ask(TRIER, "a") == "a!"
    assert await coalescer.ask(TRIER, "b") == "b!"
    assert ledger.batches == [["a"], ["b"]]


async def test_what_waits_while_one_is_carried_out_comes_next_together(ledger: Ledger) -> None:
    coalescer = Coalescer(ledger.carry_out)
    tasks = await _asked(coalescer, *_of(TRIER, "a", "b", "c"))
    assert not any(task.done() for task in tasks), "nobody is answered before the commit"
    ledger.open.set()
    assert await asyncio.gather(*tasks) == ["a!", "b!", "c!"]
    assert ledger.batches == [["a"], ["b", "c"]]


async def test_a_tenant_that_floods_keeps_no_other_from_its_turn(ledger: Ledger) -> None:
    coalescer = Coalescer(ledger.carry_out, at_once=3)
    flood = [f"l{n}" for n in range(7)]
    tasks = await _asked(coalescer, *_of(LUDWIGSHAFEN, *flood), *_of(TRIER, "t0", "t1"))
    ledger.open.set()
    await asyncio.gather(*tasks)
    assert ledger.batches == [["l0"], ["l1", "t0", "l2"], ["t1", "l3", "l4"], ["l5", "l6"]]


async def test_a_refusal_is_its_callers_alone(ledger: Ledger) -> None:
    coalescer = Coalescer(ledger.carry_out)
    tasks = await _asked(coalescer, *_of(TRIER, "first", "good", "bad"))
    ledger.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert answers[:2] == ["first!", "good!"]
    assert isinstance(answers[2], ValueError)


async def test_what_spoils_a_batch_spoils_only_itself(ledger: Ledger) -> None:
    ledger.spoiled_by["spoilt"] = LookupError()
    coalescer = Coalescer(ledger.carry_out)
    tasks = await _asked(coalescer, *_of(TRIER, "first", "a", "spoilt", "b"))
    ledger.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert (answers[1], answers[3]) == ("a!", "b!")
    assert isinstance(answers[2], LookupError)
    assert await coalescer.ask(TRIER, "later") == "later!"


async def test_an_outage_is_told_to_all_and_not_met_again(ledger: Ledger) -> None:
    ledger.spoiled_by["b"] = ConnectionResetError()
    coalescer = Coalescer(ledger.carry_out)
    tasks = await _asked(coalescer, *_of(TRIER, "first", "a", "b", "c"))
    ledger.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in answers[1:]] == [ConnectionResetError] * 3
    assert ledger.batches == [["first"], ["a", "b", "c"]]


async def test_a_caller_that_has_gone_costs_nothing(ledger: Ledger) -> None:
    coalescer = Coalescer(ledger.carry_out)
    tasks = await _asked(coalescer, *_of(TRIER, "first", "gone", "stays"))
    tasks[1].cancel()
    await asyncio.sleep(0)
    ledger.open.set()
    assert await tasks[2] == "stays!"
    assert ledger.batches == [["first"], ["stays"]]


async def test_more_than_may_wait_are_told_to_come_again(ledger: Ledger) -> None:
    coalescer = Coalescer(ledger.carry_out, waiting_limit=2)
    tasks = await _asked(coalescer, *_of(TRIER, "first", "a", "b"))
    with pytest.raises(Problem) as caught:
        await coalescer.ask(LUDWIGSHAFEN, "too many")
    assert (caught.value.status, caught.value.code) == (503, "busy")
    ledger.open.set()
    assert await asyncio.gather(*tasks) == ["first!", "a!", "b!"]
    assert await coalescer.ask(LUDWIGSHAFEN, "again") == "again!"
