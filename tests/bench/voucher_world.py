"""Funders' programmes and the offices that claim on them, in the voucher's database."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.programme import Programme
from shared.clock import utc_now
from shared.database.unit_of_work import units_of_work
from tests.system.voucher_case import VoucherCase
from tests.voucher.builders import LUDWIGSHAFEN, terms

#: As many as there are states, and as many as claim at once in the real case.
FUNDERS, OFFICES = 16, 64


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
        """Have the service know the funders and the offices."""
        funders = [
            Beneficiary(each, "Funder", "state_agency", "DE-RP", frozenset())
            for each in self._funders
        ]
        tenants = [*funders, *self.offices]
        async with self._units([each.tenant_id for each in tenants]) as work:
            await work.tenants.learn([(tenant, 1) for tenant in tenants])

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
