"""What the worker does by the clock."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.voucher.adapters import reconciliations
from services.voucher.adapters.reconciliations import PostgresLedger
from services.voucher.adapters.scopes import funders, tenants_with_due_vouchers
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.reconcile_ledgers import LINES_AT_ONCE, Reading, compare, keep
from services.voucher.application.settle_vouchers import close_programmes, expire_vouchers
from services.voucher.domain.reconciliation import NAMES
from services.voucher.entrypoints.giving_schedule import giving_jobs
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import UnitsOfWork
from shared.operations import invariants
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job
from shared.processes.pace import Pace

EXPIRED_AT_ONCE = 500
#: Of a worker's time, what comparing ledgers may take: bookings wait in the same process.
COMPARING_SHARE = 0.05


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

    async def reconcile() -> None:
        pace = Pace(COMPARING_SHARE)
        for tenant_id, programme_id in await reconciliations.due(foundation.engine, utc_now()):
            await reconcile_ledger(
                foundation.engine, foundation.units, tenant_id, programme_id, pace
            )
            await pace.rest()
        async with transaction(foundation.engine, operator=True) as connection:
            await invariants.keep(connection, NAMES, await reconciliations.broken(connection))

    return [
        Job("expire_vouchers", timedelta(seconds=10), expire),
        Job("close_programmes", timedelta(seconds=30), close),
        Job("reconcile_ledgers", timedelta(minutes=1), reconcile),
        *giving_jobs(foundation),
    ]


async def reconcile_ledger(
    engine: AsyncEngine,
    opened: UnitsOfWork[PostgresUnitOfWork],
    tenant_id: UUID,
    programme_id: UUID,
    pace: Pace,
) -> None:
    """Compare one ledger with its pools and vouchers, all as they are at one moment, and tell what was found."""
    async with opened([tenant_id]) as work:
        before = await work.reconciliations.latest(programme_id)
    reading = Reading.begun(before, utc_now())
    await _read(engine, tenant_id, programme_id, reading, pace)
    async with transaction(engine, [tenant_id], operator=True, snapshot=True) as connection:
        ledger = PostgresLedger(connection, programme_id)
        found = await compare(ledger, tenant_id, programme_id, reading, utc_now())
    async with opened([tenant_id]) as work:
        await keep(work, found, before, found.at)


async def _read(
    engine: AsyncEngine, tenant_id: UUID, programme_id: UUID, reading: Reading, pace: Pace
) -> None:
    """Read what is there, page by page: a line stays as it is, so no transaction has to stay open for long."""
    while reading.wrong_entry is None:
        async with transaction(engine, [tenant_id]) as connection:
            ledger = PostgresLedger(connection, programme_id)
            lines = await ledger.lines(reading.chain.entries, LINES_AT_ONCE)
        reading.add(lines)
        if len(lines) < LINES_AT_ONCE:
            return
        await pace.rest()
