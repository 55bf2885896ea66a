"""What the worker does by the clock for rights: accounts follow people, machine clients their tenants' wishes."""

from datetime import timedelta

from services.member.adapters.scopes import clients_to_settle, people_to_check
from services.member.adapters.turns import ROLE_WRITER, turn
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.machine_clients import settle_machine_client
from services.member.application.outside import ConnectProvider
from services.member.application.write_roles import write_roles
from shared.clock import utc_now
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

AT_ONCE = 20
PERIOD = timedelta(seconds=1)


def access_jobs(
    foundation: Foundation[PostgresUnitOfWork], connect_provider: ConnectProvider
) -> list[Job]:
    """The jobs; each may run in several workers at once."""

    async def write() -> None:
        due = await people_to_check(foundation.engine, utc_now(), AT_ONCE)
        if not due:
            return
        async with turn(foundation.engine, ROLE_WRITER) as is_mine, connect_provider() as provider:
            for tenant_id, person_id in due if is_mine else ():
                await write_roles(foundation.units, provider, tenant_id, person_id, utc_now())

    async def settle() -> None:
        due = await clients_to_settle(foundation.engine, utc_now(), AT_ONCE)
        if not due:
            return
        async with connect_provider() as provider:
            for tenant_id, client_id in due:
                await settle_machine_client(
                    foundation.units, provider, tenant_id, client_id, utc_now()
                )

    return [Job("write_roles", PERIOD, write), Job("settle_machine_clients", PERIOD, settle)]
