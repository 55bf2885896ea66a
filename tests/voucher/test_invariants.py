"""What the job checks in production: it holds after honest work, and names what was planted."""

from uuid import uuid4

from services.voucher.adapters.invariants import violated_invariants
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.voucher import Voucher
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from tests.conftest import EngineFor
from tests.voucher.builders import NOW, programme


async def test_honest_work_violates_nothing(engine_for: EngineFor) -> None:
    engine = engine_for("voucher")
    opened = units_of_work(engine, PostgresUnitOfWork, source="/test")
    kept, tenant_id, allocation_id = programme(tenant_id=uuid4()), uuid4(), uuid4()
    kept.allocate(allocation_id, tenant_id, 2, NOW)
    vouchers = [Voucher.reserved(tenant_id, uuid4(), uuid4(), kept, NOW) for _ in range(4)]
    vouchers[0].redeem(kept, NOW)
    vouchers[3].redeem(kept, NOW)
    vouchers[1].release(kept, NOW)
    async with opened([kept.tenant_id, tenant_id]) as work:
        await work.programmes.add(kept)
        await work.vouchers.save(vouchers)
    assert [each.pool_id == allocation_id for each in vouchers] == [True, True, False, False]
    async with transaction(engine, [kept.tenant_id, tenant_id]) as connection:
        assert await violated_invariants(connection) == []
