"""What the worker does by the clock."""

import logging
from datetime import timedelta
from uuid import UUID

from services.certificate.adapters.invariants import INVARIANTS, violated_invariants
from services.certificate.adapters.scopes import issuers, tenants_with_pending_awards
from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.issue_credentials import issue_credentials
from services.certificate.domain.errors import CertificateError
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.operations import invariants
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

log = logging.getLogger(__name__)

ISSUED_AT_ONCE = 50


def create_schedule(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""

    async def issue() -> None:
        # Two events that complete an award may be handled at once, neither seeing the other.
        for tenant_id in await tenants_with_pending_awards(foundation.engine):
            try:
                while await _issue_some(foundation, tenant_id):
                    pass
            except CertificateError as error:
                log.error("credentials of a tenant cannot be issued: %s", error.code)  # noqa: TRY400

    async def check() -> None:
        async with transaction(foundation.engine, await issuers(foundation.engine)) as connection:
            violated = await violated_invariants(connection)
            await invariants.keep(connection, INVARIANTS, violated)

    return [
        Job("issue_credentials", timedelta(seconds=5), issue),
        Job("check_invariants", timedelta(minutes=1), check),
    ]


async def _issue_some(foundation: Foundation[PostgresUnitOfWork], tenant_id: UUID) -> int:
    async with foundation.units([tenant_id]) as work:
        return await issue_credentials(work, utc_now(), ISSUED_AT_ONCE)
