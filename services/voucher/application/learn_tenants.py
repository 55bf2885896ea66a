"""Member announces tenants; this service keeps what eligibility needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.eligibility import Beneficiary


@dataclass(frozen=True, slots=True)
class LearnTenant:
    """A tenant as announced, with the announcement's sequence number."""

    tenant: Beneficiary
    sequence: int


async def learn_tenants(work: UnitOfWork, commands: Sequence[LearnTenant]) -> None:
    """Keep the newest state of each tenant."""
    await work.tenants.learn([(command.tenant, command.sequence) for command in commands])
