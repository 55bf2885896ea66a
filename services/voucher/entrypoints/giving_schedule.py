"""What the worker does by the clock for what was given out."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.voucher.adapters.giving_scopes import (
    with_due_allocations,
    with_due_reminders,
    with_due_requests,
)
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.allocate import return_unused
from services.voucher.application.remind import remind
from services.voucher.application.request_voucher import lapse_requests
from shared.clock import utc_now
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

AT_ONCE = 200

_Scope = Callable[[AsyncEngine, datetime, int], Awaitable[Collection[UUID]]]
_Work = Callable[[PostgresUnitOfWork, datetime, int], Awaitable[int]]


def giving_jobs(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """Reminders, requests that lapse, allocations that return what is unused; each in several workers at once."""

    def of(scope: _Scope, work_off: _Work) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            now = utc_now()
            while tenants := await scope(foundation.engine, now, AT_ONCE):
                async with foundation.units(tenants) as work:
                    done = await work_off(work, now, AT_ONCE)
                if not done:
                    return  # another worker does it

        return run

    return [
        Job("remind", timedelta(minutes=10), of(with_due_reminders, remind)),
        Job("lapse_requests", timedelta(minutes=5), of(with_due_requests, lapse_requests)),
        Job("return_allocations", timedelta(minutes=1), of(with_due_allocations, return_unused)),
    ]
