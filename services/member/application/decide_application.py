"""An operator approves or refuses an application."""

from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.membership import Membership
from services.member.domain.onboarding import Process
from services.member.domain.statutes import day_of
from services.member.domain.tenant import Party, Tenant


async def approve_application(
    work: UnitOfWork, tenant_id: UUID, now: datetime, by: str = Party.COOPERATIVE
) -> Tenant | None:
    """Admit the member and let onboarding start; None when there is no such application."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant and tenant.approve(now):
        await work.tenants.save(tenant)
        name = tenant.organisation.name
        await work.memberships.add(Membership.admit(tenant_id, name, tenant.shares, by, now))
        process = Process.opening(tenant_id, now, has_account=bool(tenant.applicant))
        await work.processes.begin(process)
    return tenant


async def refuse_application(
    work: UnitOfWork, tenant_id: UUID, reason: str, now: datetime
) -> Tenant | None:
    """Turn it down; None when there is no such application."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant and tenant.refuse(reason, now):
        await work.tenants.save(tenant)
        await give_up_keys(work, tenant_id, now)
    return tenant


async def give_up_keys(work: UnitOfWork, tenant_id: UUID, now: datetime) -> None:
    """Somebody else may have the tenant's key from today on."""
    history = await work.official_keys.get(tenant_id)
    history.end(day_of(now))
    await work.official_keys.save(history)
