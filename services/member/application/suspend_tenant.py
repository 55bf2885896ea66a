"""An operator suspends a tenant, and lifts the suspension."""

from datetime import datetime
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.domain.tenant import Tenant
from shared.envelope import Cause


async def suspend_tenant(
    work: UnitOfWork, tenant_id: UUID, reason: str, cause: Cause, now: datetime
) -> Tenant | None:
    """Let the tenant change nothing from now on; None when there is no such tenant."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant and tenant.suspend(reason, now):
        await work.tenants.save(tenant)
        work.publish(outgoing.tenant_suspended(tenant, cause))
    return tenant


async def resume_tenant(work: UnitOfWork, tenant_id: UUID, cause: Cause) -> Tenant | None:
    """Let the tenant go on; None when there is no such tenant."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant and tenant.resume():
        await work.tenants.save(tenant)
        work.publish(outgoing.tenant_resumed(tenant, cause))
    return tenant
