"""What the worker does by the clock."""

import logging
from datetime import timedelta

from services.member.adapters.invariants import violated_invariants
from services.member.adapters.scopes import tenants_to_onboard
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.onboard_tenant import onboard_tenant
from services.member.application.ports import ConnectProvider
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

log = logging.getLogger(__name__)

ONBOARDED_AT_ONCE = 20


def create_schedule(
    foundation: Foundation[PostgresUnitOfWork], connect_provider: ConnectProvider
) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""

    async def onboard() -> None:
        due = await tenants_to_onboard(foundation.engine, utc_now(), ONBOARDED_AT_ONCE)
        if not due:
            return
        async with connect_provider() as provider:
            for tenant_id in due:
                await onboard_tenant(foundation.units, provider, tenant_id, utc_now())

    async def check() -> None:
        async with transaction(foundation.engine, operator=True) as connection:
            for name in await violated_invariants(connection):
                log.critical("invariant violated: %s", name)

    return [
        Job("onboard_tenants", timedelta(seconds=0.5), onboard),
        Job("check_invariants", timedelta(minutes=1), check),
    ]
