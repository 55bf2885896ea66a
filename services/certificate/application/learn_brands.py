"""Member says how tenants look, and when that is to be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.certificate.application.ports import UnitOfWork
from services.certificate.domain.brand import Brand


@dataclass(frozen=True, slots=True)
class LearnBrand:
    """A tenant's brand, or that it is deleted (None), with the announcement's sequence number."""

    tenant_id: UUID
    brand: Brand | None
    sequence: int


async def learn_brands(work: UnitOfWork, commands: Sequence[LearnBrand]) -> None:
    """Keep the newest brand of each tenant; one that is forgotten stays so against older news."""
    await work.brands.learn([(each.tenant_id, each.brand, each.sequence) for each in commands])
