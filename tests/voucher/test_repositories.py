"""One suite for the ports, run on the fakes and on PostgreSQL."""

from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.eligibility import Beneficiary, Refusal
from services.voucher.domain.voucher import Voucher
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from tests.voucher.builders import NOW, programme
from tests.voucher.fakes import FakeUnitOfWork


@pytest.fixture(params=["fake", "postgres"])
def opened(request):
    """Opens units of work, on the fake or on PostgreSQL."""
    if request.param == "fake":
        work = FakeUnitOfWork()

        @asynccontextmanager
        async def open_fake(_tenants):
            yield work

        return open_fake
    engine = request.getfixturevalue("engine_for")("voucher")
    return units_of_work(engine, PostgresUnitOfWork, source="/test")


def _tenant(**changes):
    usual = {"name": "Trier", "kind": "municipality", "state": "DE-RP", "regions": frozenset({"x"})}
    return Beneficiary(uuid4(), **{**usual, **changes})


async def test_a_programme_comes_back_as_it_was_kept(opened):
    kept = programme(tenant_id=uuid4())
    expected = (kept.terms, kept.version)
    async with opened([kept.tenant_id]) as work:
        await work.programmes.add(kept)
    async with opened([kept.tenant_id]) as work:
        found = await work.programmes.get(kept.programme_id)
        locked = await work.programmes.lock([kept.programme_id, uuid4()])
    assert (found.terms, found.version) == expected
    assert found.pool.available == 2_750
    assert list(locked) == [kept.programme_id]


async def test_pools_and_vouchers_come_back_as_they_were_saved(opened):
    kept, tenant_id = programme(tenant_id=uuid4()), uuid4()
    person_id = uuid4()
    async with opened([kept.tenant_id, tenant_id]) as work:
        await work.programmes.add(kept)
        locked = (await work.programmes.lock([kept.programme_id]))[kept.programme_id]
        reserved = Voucher.reserved(tenant_id, uuid4(), person_id, locked, NOW)
        refused = Voucher.refused(tenant_id, uuid4(), uuid4(), locked, Refusal("x", "words"), NOW)
        withdrawn = Voucher.withdrawn(tenant_id, uuid4(), uuid4(), NOW)
        await work.vouchers.save([reserved, refused, withdrawn])
        await work.programmes.save([locked])
    async with opened([kept.tenant_id, tenant_id]) as work:
        bookings = [each.booking_id for each in (reserved, refused, withdrawn)]
        found = await work.vouchers.for_bookings([*bookings, uuid4()])
        used = await work.vouchers.used([kept.programme_id], [person_id])
        saved = await work.programmes.get(kept.programme_id)
    assert [found[each] for each in bookings] == [reserved, refused, withdrawn]
    assert used == {(kept.programme_id, person_id): 1}
    assert (saved.pool.reserved, saved.pool.available) == (1, 2_749)


async def test_due_vouchers_and_programmes_are_found(opened):
    kept, tenant_id = programme(tenant_id=uuid4(), closes_at=NOW + timedelta(days=1)), uuid4()
    async with opened([kept.tenant_id, tenant_id]) as work:
        await work.programmes.add(kept)
        locked = (await work.programmes.lock([kept.programme_id]))[kept.programme_id]
        voucher = Voucher.reserved(tenant_id, uuid4(), uuid4(), locked, NOW)
        await work.vouchers.save([voucher])
        await work.programmes.save([locked])
        before = await work.vouchers.due(NOW + timedelta(days=89), 10)
        after = await work.vouchers.due(NOW + timedelta(days=90), 10)
        assert (before, [each.voucher_id for each in after]) == ([], [voucher.voucher_id])
        assert kept.programme_id in await work.programmes.open_ids(NOW)
        assert kept.programme_id in await work.programmes.due_ids(NOW + timedelta(days=1))


async def test_a_tenant_is_only_replaced_by_what_is_newer(opened):
    tenant = _tenant()
    newer = Beneficiary(tenant.tenant_id, "Trier neu", "municipality", "DE-RP", frozenset())
    async with opened([tenant.tenant_id]) as work:
        await work.tenants.learn([(newer, 2), (tenant, 1)])
        await work.tenants.learn([(tenant, 1)])
        assert await work.tenants.get_many([tenant.tenant_id]) == {tenant.tenant_id: newer}


async def test_another_tenant_sees_and_changes_nothing(engine_for):
    opened = units_of_work(engine_for("voucher"), PostgresUnitOfWork, source="/test")
    kept, tenant_id, stranger = programme(tenant_id=uuid4()), uuid4(), uuid4()
    async with opened([kept.tenant_id, tenant_id]) as work:
        await work.programmes.add(kept)
        locked = (await work.programmes.lock([kept.programme_id]))[kept.programme_id]
        voucher = Voucher.reserved(tenant_id, uuid4(), uuid4(), locked, NOW)
        await work.vouchers.save([voucher])
        await work.programmes.save([locked])
    async with opened([stranger]) as work:
        assert await work.programmes.get(kept.programme_id) is None
        assert await work.programmes.lock([kept.programme_id]) == {}
        assert await work.vouchers.get_many([voucher.voucher_id]) == {}
        assert await work.queries.ledger(kept.programme_id, 0, 10) == []
        terms = await work.queries.terms(kept.programme_id)
        assert terms == kept.terms, "a programme's terms are a public promise"
    async with opened([]) as work:
        assert await work.vouchers.get_many([voucher.voucher_id]) == {}
    async with opened([kept.tenant_id]) as work:
        assert await work.vouchers.get_many([voucher.voucher_id]), "the funder sees the claim"
    with pytest.raises(DBAPIError, match="row-level security"):
        async with opened([stranger]) as work:
            await work.vouchers.save([Voucher.withdrawn(tenant_id, uuid4(), uuid4(), NOW)])


@pytest.mark.parametrize(
    "statement",
    ["UPDATE transfer SET units = 2", "DELETE FROM transfer", "UPDATE pool SET available = -1"],
)
async def test_the_database_itself_guards_the_ledger(engine_for, statement):
    kept = programme(tenant_id=uuid4())
    async with units_of_work(engine_for("voucher"), PostgresUnitOfWork, source="/test")(
        [kept.tenant_id]
    ) as work:
        await work.programmes.add(kept)
    with pytest.raises(DBAPIError):
        async with transaction(engine_for("voucher"), [kept.tenant_id]) as connection:
            await connection.execute(text(statement))
