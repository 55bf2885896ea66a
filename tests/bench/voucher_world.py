"""Funders' programmes, the offices that claim on them, and what they used before, in the voucher's database."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.eligibility import Beneficiary, Item
from services.voucher.domain.ledger import Why
from services.voucher.domain.person import Person
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from shared.clock import utc_now
from shared.database.unit_of_work import units_of_work
from tests.system.voucher_case import VoucherCase
from tests.voucher.builders import LUDWIGSHAFEN, terms

#: As many as there are states, and as many as claim at once in the real case.
FUNDERS, OFFICES = 16, 64

#: Vouchers of a history that are written in one transaction.
AT_ONCE = 2_500
PRICE_CENTS = 12_000

# The inbox remembers two events for each voucher that was used. Of the outbox, days apart are partitions apart.
_REMEMBER = """
WITH used AS (
    SELECT tenant_id, booking_id FROM voucher WHERE programme_id = $1
), inbox AS (
    INSERT INTO inbox (event_id, fingerprint)
    SELECT gen_random_uuid(), sha256(booking_id::text::bytea) FROM used, generate_series(1, 2)
)
INSERT INTO inbox_sequence (topic, key, sequence)
SELECT 'catalogue-events', tenant_id || ':' || booking_id, 2 FROM used
"""


class World:
    """Programmes of sixteen funders; sixty-four offices may claim on each."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._units = units_of_work(engine, PostgresUnitOfWork, source="/bench")
        self._funders = [uuid4() for _ in range(FUNDERS)]
        self.offices = [
            replace(LUDWIGSHAFEN, tenant_id=uuid4(), name=f"Office {n}") for n in range(OFFICES)
        ]

    async def know(self) -> None:
        """Have the service know the funders, each with a programme, and the offices."""
        funders = [
            Beneficiary(each, "Funder", "state_agency", "DE-RP", frozenset())
            for each in self._funders
        ]
        tenants = [*funders, *self.offices]
        async with self._units([each.tenant_id for each in tenants]) as work:
            await work.tenants.learn([(tenant, 1) for tenant in tenants])
        await self.programmes(FUNDERS, vouchers=1)

    async def employ(self, tenant_id: UUID, count: int) -> Sequence[UUID]:
        """New people of an office."""
        people = [Person(tenant_id, uuid4()) for _ in range(count)]
        async with self._units([tenant_id]) as work:
            await work.people.learn([(person, 1) for person in people])
        return [person.person_id for person in people]

    async def programmes(self, count: int, *, vouchers: int) -> Sequence[VoucherCase]:
        """New ones, open now."""
        funders = [self._funders[n % FUNDERS] for n in range(count)]
        cases = [VoucherCase(self.engine, each, uuid4(), self.offices) for each in funders]
        async with self._units(self._funders) as work:
            for case in cases:
                opened = Programme.opened(
                    case.funder_id, case.programme_id, terms(), vouchers, utc_now()
                )
                await work.programmes.add(opened)
        return cases

    async def use(self, case: VoucherCase, vouchers: int, admin: asyncpg.Connection) -> None:
        """Give a programme a history: vouchers that were reserved and redeemed, two entries each."""
        everybody = [case.funder_id, *(office.tenant_id for office in self.offices)]
        for start in range(0, vouchers, AT_ONCE):
            async with self._units(everybody) as work:
                locked = await work.programmes.lock([case.programme_id])
                programme = locked[case.programme_id]
                numbers = range(start, min(start + AT_ONCE, vouchers))
                await work.vouchers.save([self._used(programme, number) for number in numbers])
                await work.programmes.save([programme])
        await admin.execute(_REMEMBER, case.programme_id, timeout=300)
        await admin.execute("VACUUM ANALYZE", timeout=300)

    def _used(self, programme: Programme, number: int) -> Voucher:
        now, office = utc_now(), self.offices[number % OFFICES]
        item = Item(uuid4(), "on_demand_course", frozenset({"digital"}), PRICE_CENTS)
        voucher = Voucher.reserved(
            office.tenant_id, uuid4(), uuid4(), programme, now, item, 1, Why(uuid4())
        )
        voucher.redeem(programme, now, Why(uuid4()), completed_at=now)
        return voucher
