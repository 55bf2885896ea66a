"""What the worker does by the clock."""

from datetime import timedelta

from services.voucher.adapters.invariants import INVARIANTS, violated_invariants
from services.voucher.adapters.scopes import funders, tenants_with_due_vouchers
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.settle_vouchers import close_programmes, expire_vouchers
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.operations import invariants
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

EXPIRED_AT_ONCE = 500


def create_schedule(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""

    async def expire() -> None:
        now = utc_now()
        while tenants := await tenants_with_due_vouchers(foundation.engine, now, EXPIRED_AT_ONCE):
            async with foundation.units(tenants) as work:
                await expire_vouchers(work, now, EXPIRED_AT_ONCE)

    async def close() -> None:
        async with foundation.units(await funders(foundation.engine)) as work:
            await close_programmes(work, utc_now())

    async def check() -> None:
        async with transaction(foundation.engine, await funders(foundation.engine)) as connection:
            violated = await violated_invariants(connection)
            await invariants.keep(connection, INVARIANTS, violated)

    return [
        Job("expire_vouchers", timedelta(seconds=10), expire),
        Job("close_programmes", timedelta(seconds=30), close),
        Job("check_invariants", timedelta(minutes=1), check),
    ]
