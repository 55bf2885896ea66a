"""A funder's programme and its beneficiaries on real parts, set up directly in the voucher's database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.contracts.events import BookingCancelledV1, BookingRequestedV1
from services.voucher.adapters import tables
from services.voucher.adapters.invariants import violated_invariants
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.programme import Programme
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from tests.voucher.builders import LUDWIGSHAFEN, TRIER, terms


@dataclass(frozen=True)
class VoucherCase:
    """One programme, two eligible tenants with ids of their own, and how to ask about them."""

    engine: AsyncEngine
    funder_id: UUID
    programme_id: UUID
    tenants: Sequence[Beneficiary]

    @property
    def everybody(self) -> list[UUID]:
        """All tenants of the case."""
        return [self.funder_id, *(tenant.tenant_id for tenant in self.tenants)]

    def requested(self, tenant: Beneficiary) -> tuple[UUID, BookingRequestedV1]:
        """A new booking of a new person."""
        booking_id = uuid4()
        return tenant.tenant_id, BookingRequestedV1(
            booking_id=booking_id,
            person_id=uuid4(),
            offer_id=uuid4(),
            offer_kind="on_demand_course",
            provider_id=tenant.tenant_id,
            programme_id=self.programme_id,
        )

    async def counts(self) -> dict[str, int]:
        """How many vouchers there are, by status."""
        table = tables.voucher
        query = select(table.c.status, func.count().label("count")).group_by(table.c.status)
        async with transaction(self.engine, self.everybody) as connection:
            rows = await connection.execute(query)
            return {row[0]: row[1] for row in rows}

    async def vouchers_of(self, tenant: Beneficiary) -> int:
        """How many vouchers a tenant has, whatever became of them."""
        table = tables.voucher
        query = select(func.count()).where(table.c.tenant_id == tenant.tenant_id)
        async with transaction(self.engine, [tenant.tenant_id]) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def programme(self) -> Programme:
        """The programme as it is now."""
        async with units_of_work(self.engine, PostgresUnitOfWork, source="/test")(
            self.everybody
        ) as work:
            found = await work.programmes.get(self.programme_id)
            assert found
            return found

    async def violations(self) -> list[str]:
        """Invariants of the ledger that do not hold."""
        async with transaction(self.engine, self.everybody) as connection:
            return await violated_invariants(connection)


def cancelled(event: BookingRequestedV1) -> BookingCancelledV1:
    """The cancellation of a booking."""
    return BookingCancelledV1(
        booking_id=event.booking_id,
        person_id=event.person_id,
        offer_id=event.offer_id,
        reason="requested",
    )


async def set_up(
    engine: AsyncEngine, *, vouchers: int, tenants: Sequence[Beneficiary] = ()
) -> VoucherCase:
    """A programme with `vouchers`, open now, and its tenants known: two eligible ones, or those given."""
    now = utc_now()
    tenants = tenants or [replace(each, tenant_id=uuid4()) for each in (LUDWIGSHAFEN, TRIER)]
    funder_id, programme_id = uuid4(), uuid4()
    async with units_of_work(engine, PostgresUnitOfWork, source="/test")(
        [funder_id, *(tenant.tenant_id for tenant in tenants)]
    ) as work:
        await work.tenants.learn([(tenant, 1) for tenant in tenants])
        await work.programmes.add(Programme.opened(funder_id, programme_id, terms(), vouchers, now))
    return VoucherCase(engine, funder_id, programme_id, tenants)
