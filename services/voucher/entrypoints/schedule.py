"""What the worker does by the clock."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.voucher.adapters import reconciliations
from services.voucher.adapters.scopes import funders, tenants_with_due_vouchers
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application import reconcile_ledgers
from services.voucher.application.settle_vouchers import close_programmes, expire_vouchers
from services.voucher.domain.reconciliation import NAMES
from services.voucher.entrypoints.giving_schedule import giving_jobs
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import UnitsOfWork
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

    async def reconcile() -> None:
        for tenant_id, programme_id in await reconciliations.due(foundation.engine, utc_now()):
            await reconcile_ledger(foundation.engine, foundation.units, tenant_id, programme_id)
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
) -> None:
    """Compare one ledger with its pools and vouchers, all as they are at one moment, and tell what was found."""
    now = utc_now()
    async with transaction(engine, [tenant_id], operator=True, snapshot=True) as connection:
        before = await reconciliations.ReconciliationRepository(connection).latest(programme_id)
        ledger = reconciliations.PostgresLedger(connection, programme_id)
        found = await reconcile_ledgers.compare(ledger, tenant_id, programme_id, before, now)
    async with opened([tenant_id]) as work:
        await reconcile_ledgers.keep(work, found, before, now)
