"""Member announces tenants; the feed keeps who may read."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.feed.application.ports import UnitOfWork
from services.feed.domain.tenant import Tenant


@dataclass(frozen=True, slots=True)
class LearnTenant:
    """A tenant as announced, with the announcement's sequence number."""

    tenant: Tenant
    sequence: int


async def learn_tenants(work: UnitOfWork, commands: Sequence[LearnTenant]) -> None:
    """Keep the newest state of each tenant."""
    await work.tenants.learn([(command.tenant, command.sequence) for command in commands])
