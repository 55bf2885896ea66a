"""An operator approves or refuses an application."""

from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.tenant import Tenant


async def approve_application(work: UnitOfWork, tenant_id: UUID, now: datetime) -> Tenant | None:
    """Let onboarding start; None when there is no such application."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant:
        tenant.approve(now)
        await work.tenants.save(tenant)
    return tenant


async def refuse_application(
    work: UnitOfWork, tenant_id: UUID, reason: str, now: datetime
) -> Tenant | None:
    """Turn it down; None when there is no such application."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant:
        tenant.refuse(reason, now)
        await work.tenants.save(tenant)
    return tenant
