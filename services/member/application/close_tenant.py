"""A tenant has left: what let it in is undone."""

from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.onboarding import Direction, Process
from services.member.domain.tenant import Status


async def close_tenant(work: UnitOfWork, tenant_id: UUID, now: datetime) -> None:
    """Begin the way out of a tenant that has left; what is left of the way in is cancelled. May be repeated."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant is None or tenant.status is not Status.LEFT:
        return
    if await work.processes.get(tenant_id, Direction.CLOSING):
        return
    opening = await work.processes.get(tenant_id, Direction.OPENING)
    if opening:
        opening.cancel()
        await work.processes.save(opening)
    await work.processes.begin(Process.closing(tenant_id, now))
