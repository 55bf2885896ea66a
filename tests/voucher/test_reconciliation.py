"""Ledgers are compared by the clock: what holds is sealed, and what was planted is named."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.local.stack import Stack
from services.voucher.adapters.reconciliations import (
    PostgresLedger,
    ReconciliationRepository,
    due,
)
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application import reconcile_ledgers
from services.voucher.application.reconcile_ledgers import Reading
from services.voucher.application.settle_vouchers import SettleVoucher, redeem_vouchers
from services.voucher.domain.chain import Chain
from services.voucher.domain.programme import Programme
from services.voucher.domain.reconciliation import (
    ADDS_UP,
    CHAINED,
    EACH_VOUCHER,
    HEADS_STAY,
    HELD,
    TOGETHER,
    Reconciliation,
)
from services.voucher.domain.voucher import Voucher
from services.voucher.entrypoints import schedule
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from shared.envelope import Cause
from shared.processes.pace import Pace
from tests.conftest import EngineFor
from tests.voucher.builders import NOW, programme


class Case:
    """A programme with an allocation; six vouchers, of which two are redeemed and one is given back."""

    def __init__(self, engine: AsyncEngine, owner: AsyncEngine) -> None:
        self.engine, self.owner = engine, owner
        self.opened = units_of_work(engine, PostgresUnitOfWork, source="/test")
        self.tenant_id = uuid4()
        self.kept: Programme = programme(tenant_id=uuid4())
        self.kept.allocate(uuid4(), self.tenant_id, 2, NOW)
        self.vouchers = [
            Voucher.reserved(self.tenant_id, uuid4(), uuid4(), self.kept, NOW) for _ in range(6)
        ]
        self.vouchers[0].redeem(self.kept, NOW)
        self.vouchers[3].redeem(self.kept, NOW)
        self.vouchers[1].release(self.kept, NOW)
        self.lines = list(self.kept.transfers)

    @property
    def both(self) -> Sequence[UUID]:
        return [self.kept.tenant_id, self.tenant_id]

    async def saved(self) -> "Case":
        async with self.opened(self.both) as work:
            await work.programmes.add(self.kept)
            await work.vouchers.save(self.vouchers)
        return self

    async def redeem(self, voucher: Voucher) -> None:
        assert voucher.booking_id
        cause = Cause("x", str(uuid4()))
        command = SettleVoucher(self.tenant_id, voucher.booking_id, voucher.person_id, cause)
        async with self.opened(self.both) as work:
            await redeem_vouchers(work, [command], NOW)

    async def reconcile(self, now: datetime = NOW) -> tuple[Reconciliation, list[str]]:
        """What is found, and the types of the events that tell of it."""
        funder_id, programme_id = self.kept.tenant_id, self.kept.programme_id
        async with transaction(self.engine, [funder_id], snapshot=True) as connection:
            before = await ReconciliationRepository(connection).latest(programme_id)
            ledger, reading = PostgresLedger(connection, programme_id), Reading.begun(before, now)
            found = await reconcile_ledgers.compare(ledger, funder_id, programme_id, reading, now)
        async with self.opened([funder_id]) as work:
            await reconcile_ledgers.keep(work, found, before, now)
            return found, [each.event.TYPE for each in work.outgoing]

    async def is_due(self, now: datetime = NOW) -> bool:
        return (self.kept.tenant_id, self.kept.programme_id) in await due(self.engine, now)

    async def plant(self, statement: str, **row: Any) -> None:
        """Somebody with all rights changes the database."""
        async with self.owner.begin() as connection:
            await connection.execute(text("SET session_replication_role = replica"))
            row = {"programme_id": self.kept.programme_id, **row}
            changed = await connection.execute(text(statement), row)
            assert changed.rowcount


@pytest_asyncio.fixture(loop_scope="session")
async def case(engine_for: EngineFor, stack: Stack) -> AsyncIterator[Case]:
    engine = engine_for("voucher")
    url = engine.url.set(username="postgres", password=stack.admin_password("postgres"))
    owner = create_async_engine(url)
    yield await Case(engine, owner).saved()
    await owner.dispose()


async def test_what_holds_is_sealed_and_told_once(case: Case) -> None:
    assert await case.is_due()
    found, told = await case.reconcile()
    assert (found.violated, found.chain) == ((), case.kept.chain)
    assert told == ["ledger.sealed.v1", "ledger.reconciled.v1"]
    assert not await case.is_due()
    assert (await case.reconcile())[1] == []
    await case.redeem(case.vouchers[2])
    assert await case.is_due()
    found, told = await case.reconcile()
    assert (found.violated, found.chain.entries) == ((), case.kept.chain.entries + 1)
    assert told == ["ledger.sealed.v1"]


async def test_everything_is_read_again_and_told_once_a_day(case: Case) -> None:
    await case.reconcile()
    tomorrow = NOW + timedelta(days=1)
    assert await case.is_due(tomorrow)
    found, told = await case.reconcile(tomorrow)
    assert (found.whole_at, told) == (tomorrow, ["ledger.reconciled.v1"])


_PLANTED = {
    "an entry has another amount": (
        "UPDATE transfer SET units = 3 WHERE programme_id = :programme_id AND entry = 4",
        {ADDS_UP, CHAINED, EACH_VOUCHER},
        4,
    ),
    "an entry has another reason": (
        "UPDATE transfer SET reason = 'x' WHERE programme_id = :programme_id AND entry = 5",
        {CHAINED},
        5,
    ),
    "an entry is gone": (
        "DELETE FROM transfer WHERE programme_id = :programme_id AND entry = 2",
        {ADDS_UP, CHAINED},
        2,
    ),
    "the last entry is gone": (
        "DELETE FROM transfer WHERE programme_id = :programme_id AND entry = 12",
        {ADDS_UP, CHAINED, EACH_VOUCHER, HEADS_STAY},
        12,
    ),
    "a pool has more": (
        (
            "UPDATE pool SET granted = granted + 1, available = available + 1 "
            "WHERE programme_id = :programme_id AND pool_id = :programme_id"
        ),
        {ADDS_UP, TOGETHER},
        None,
    ),
    "a voucher is used again": (
        "UPDATE voucher SET status = 'reserved' WHERE programme_id = :programme_id AND status = 'released'",
        {HELD, EACH_VOUCHER},
        None,
    ),
    "a use is another tenant's": (
        "UPDATE voucher SET tenant_id = gen_random_uuid() WHERE programme_id = :programme_id AND status = 'redeemed'",
        {EACH_VOUCHER},
        None,
    ),
}


@pytest.mark.parametrize("planted", _PLANTED)
async def test_a_planted_error_is_named(case: Case, planted: str) -> None:
    await case.reconcile()
    statement, names, wrong_entry = _PLANTED[planted]
    await case.plant(statement)
    tomorrow = NOW + timedelta(days=1)
    assert await case.is_due(tomorrow)
    found, told = await case.reconcile(tomorrow)
    assert (set(found.violated), found.wrong_entry) == (names, wrong_entry)
    assert told == ["ledger.reconciled.v1"], "what does not hold is not sealed"
    assert await case.is_due(tomorrow), "it is looked at until it holds"
    assert (await case.reconcile(tomorrow))[1] == [], "and told once"


async def test_a_pool_that_changed_by_no_entry_is_noticed_at_once(case: Case) -> None:
    await case.reconcile()
    await case.plant(_PLANTED["a pool has more"][0])
    assert await case.is_due()
    found, told = await case.reconcile()
    assert (set(found.violated), told) == ({ADDS_UP, TOGETHER}, ["ledger.reconciled.v1"])


async def test_a_chain_that_was_written_anew_does_not_lead_to_the_published_head(
    case: Case,
) -> None:
    await case.reconcile()
    lines = case.lines
    chain = Chain()
    forged = [chain.append(line._replace(reason="other")) for line in lines]
    for line in forged:
        await case.plant(
            "UPDATE transfer SET reason = 'other', hash = :hash "
            "WHERE programme_id = :programme_id AND entry = :entry",
            hash=line.hash,
            entry=line.entry,
        )
    await case.plant(
        "UPDATE book SET head = :head WHERE programme_id = :programme_id", head=chain.head
    )
    found, _ = await case.reconcile(NOW + timedelta(days=1))
    assert found.violated == (HEADS_STAY,)


@pytest.mark.parametrize("entry", [None, 3, 8, 12])
async def test_a_ledger_is_read_page_by_page_to_its_first_wrong_line(
    case: Case, monkeypatch: pytest.MonkeyPatch, entry: int | None
) -> None:
    monkeypatch.setattr(schedule, "LINES_AT_ONCE", 5)
    if entry:
        forged = (
            "UPDATE transfer SET reason = 'x' WHERE programme_id = :programme_id AND entry = :entry"
        )
        await case.plant(forged, entry=entry)
    funder_id, programme_id = case.kept.tenant_id, case.kept.programme_id
    await schedule.reconcile_ledger(case.engine, case.opened, funder_id, programme_id, Pace(1))
    async with case.opened([funder_id]) as work:
        found = await work.reconciliations.latest(programme_id)
    assert found
    assert found.wrong_entry == entry
    assert found.violated == ((CHAINED,) if entry else ())


async def test_two_workers_seal_once(case: Case) -> None:
    funder_id, programme_id = case.kept.tenant_id, case.kept.programme_id
    async with transaction(case.engine, [funder_id], snapshot=True) as connection:
        ledger, reading = PostgresLedger(connection, programme_id), Reading.begun(None, NOW)
        found = await reconcile_ledgers.compare(ledger, funder_id, programme_id, reading, NOW)
    assert (await case.reconcile())[1] == ["ledger.sealed.v1", "ledger.reconciled.v1"]
    async with case.opened([funder_id]) as work:
        await reconcile_ledgers.keep(work, found, None, NOW)
        assert work.outgoing == []
