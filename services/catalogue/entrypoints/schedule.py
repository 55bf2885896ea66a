"""What the worker does by the clock."""

import logging
from datetime import timedelta

from services.catalogue.adapters.invariants import violated_invariants
from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.engine import transaction
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

log = logging.getLogger(__name__)


def create_schedule(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""

    async def check() -> None:
        async with transaction(foundation.engine, operator=True) as connection:
            for name in await violated_invariants(connection):
                log.critical("invariant violated: %s", name)

    return [Job("check_invariants", timedelta(minutes=1), check)]
