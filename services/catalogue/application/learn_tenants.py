"""Member announces tenants; this service keeps who may book, and what providers are called."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.catalogue.application.ports import UnitOfWork
from services.catalogue.domain.member import Tenant


@dataclass(frozen=True, slots=True)
class LearnTenant:
    """A tenant as announced, with the announcement's sequence number."""

    tenant: Tenant
    sequence: int


async def learn_tenants(work: UnitOfWork, commands: Sequence[LearnTenant]) -> None:
    """Keep the newest state of each tenant."""
    await work.tenants.learn([(command.tenant, command.sequence) for command in commands])
