"""After any history of commands, duplicates and crashes the ledger is what a simple model says that it is."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from services.voucher.adapters.invariants import violated_invariants
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.chain import Chain
from services.voucher.domain.ledger import Transfer
from services.voucher.domain.voucher import HELD
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from tests.conftest import EngineFor
from tests.voucher.fakes import FakeUnitOfWork
from tests.voucher.machine import Machine

STEPS = 10_000
STEPS_ON_POSTGRES = 250


@pytest.mark.parametrize("seed", [1, 2])
async def test_ten_thousand_steps_end_as_the_model_says(seed: int) -> None:
    work = FakeUnitOfWork()

    @asynccontextmanager
    async def opened(_tenants: Sequence[UUID]) -> AsyncIterator[FakeUnitOfWork]:
        with work.transaction():
            yield work

    machine = Machine(opened, seed)
    await machine.run(STEPS)
    assert len(machine.history) >= STEPS
    _adds_up(work)


async def test_the_database_keeps_the_same_histories(engine_for: EngineFor) -> None:
    engine = engine_for("voucher")
    opened = units_of_work(engine, PostgresUnitOfWork, source="/test")
    machine = Machine(opened, 3)
    await machine.run(STEPS_ON_POSTGRES)
    async with transaction(engine, [machine.funder]) as connection:
        assert await violated_invariants(connection) == []


def _adds_up(work: FakeUnitOfWork) -> None:
    """Per programme, pool, tenant and person, from the lines of the ledger alone."""
    lines: Counter[Any] = Counter()
    of_programme: dict[UUID, list[Transfer]] = {}
    for line in work.programmes.transfers:
        of_programme.setdefault(line.programme_id, []).append(line)
        for key in (line.pool_id, line.beneficiary_id, line.voucher_id):
            lines[key, line.credit] += line.units
            lines[key, line.debit] -= line.units
    for programme in work.programmes.kept.values():
        assert Chain().follow(of_programme[programme.programme_id]) is None
        assert programme.chain.entries == len(of_programme[programme.programme_id])
        for pool in programme.pools.values():
            assert pool.granted == -lines[pool.pool_id, "granted"]
            for account in ("available", "reserved", "redeemed", "expired", "returned"):
                assert getattr(pool, account) == lines[pool.pool_id, account]
    held: Counter[Any] = Counter()
    for voucher in work.vouchers.kept.values():
        reserved = voucher.units if voucher.status in HELD else 0
        assert lines[voucher.voucher_id, "reserved"] == reserved
        assert lines[voucher.voucher_id, "redeemed"] == voucher.reversible_units
        held[voucher.tenant_id, "reserved"] += reserved
        held[voucher.tenant_id, "redeemed"] += voucher.reversible_units
    for key, units in held.items():
        assert lines[key] == units
