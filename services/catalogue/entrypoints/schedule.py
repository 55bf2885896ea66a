"""What the worker does by the clock."""

from datetime import timedelta

from services.catalogue.adapters.invariants import INVARIANTS, violated_invariants
from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.engine import transaction
from shared.operations import invariants
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job


def create_schedule(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""

    async def check() -> None:
        async with transaction(foundation.engine, operator=True) as connection:
            violated = await violated_invariants(connection)
            await invariants.keep(connection, INVARIANTS, violated)

    return [Job("check_invariants", timedelta(minutes=1), check)]
