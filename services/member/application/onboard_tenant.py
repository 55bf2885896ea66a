"""An approved tenant gets onto the platform without a hand: look, do, mark, step by step."""

from datetime import datetime
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import IdentityProvider, IdentityProviderError, OpenUnit
from services.member.domain.onboarding import Step
from services.member.domain.tenant import Status, Tenant
from shared.envelope import Cause


async def onboard_tenant(
    opened: OpenUnit, provider: IdentityProvider, tenant_id: UUID, now: datetime
) -> None:
    """Take the steps that are left; after the last the tenant is active. A failure is tried again later."""
    tenant = await _lease(opened, tenant_id, now)
    while tenant and (step := tenant.onboarding.next_step):
        try:
            organization_id = await _take(provider, tenant, step)
        except IdentityProviderError as error:
            await _fail(opened, tenant_id, str(error), now)
            return
        tenant = await _mark(opened, tenant_id, step, organization_id, now)


async def _lease(opened: OpenUnit, tenant_id: UUID, now: datetime) -> Tenant | None:
    async with opened([tenant_id]) as work:
        tenant = await work.tenants.lock(tenant_id)
        if tenant is None or not _is_waiting(tenant) or not tenant.onboarding.is_due(now):
            return None
        tenant.onboarding.lease(now)
        await work.tenants.save(tenant)
        return tenant


async def _take(provider: IdentityProvider, tenant: Tenant, step: Step) -> str:
    """Do one step, outside any transaction; returns the id of the tenant's organization."""
    if step is Step.ORGANIZATION:
        return await provider.create_organization(tenant)
    organization_id = tenant.onboarding.organization_id
    assert organization_id, "the organization is made first"
    if step is Step.MEMBERSHIP:
        await provider.add_member(organization_id, tenant.applicant)
    else:
        await provider.grant_roles(tenant.applicant, tenant.applicant_roles)
    return organization_id


async def _mark(
    opened: OpenUnit, tenant_id: UUID, step: Step, organization_id: str, now: datetime
) -> Tenant | None:
    """Remember the step; the last one activates and announces the tenant in the same transaction."""
    async with opened([tenant_id]) as work:
        tenant = await work.tenants.lock(tenant_id)
        if tenant is None or not _is_waiting(tenant):
            return None
        tenant.onboarding.organization_id = organization_id
        if tenant.take(step, now):
            work.publish(outgoing.tenant_activated(tenant, Cause(str(tenant_id))))
        await work.tenants.save(tenant)
        return tenant


async def _fail(opened: OpenUnit, tenant_id: UUID, reason: str, now: datetime) -> None:
    async with opened([tenant_id]) as work:
        tenant = await work.tenants.lock(tenant_id)
        if tenant and _is_waiting(tenant):
            tenant.onboarding.fail(reason, now)
            await work.tenants.save(tenant)


def _is_waiting(tenant: Tenant) -> bool:
    return tenant.status is Status.APPROVED
