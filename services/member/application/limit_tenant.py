"""A tenant gets its quotas, or others; whoever keeps to them hears of it."""

from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.domain.quota import Quotas, quotas_of
from services.member.domain.tenant import Tenant
from shared.envelope import Cause


async def give_usual_quotas(work: UnitOfWork, tenant_id: UUID, cause: Cause) -> None:
    """Give a tenant what is usual for its kind; what it has already stays."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant and await work.quotas.get(tenant_id) is None:
        quotas = quotas_of(tenant.organisation.kind)
        await _announce(work, tenant, quotas, cause)
        await work.quotas.add(tenant_id, quotas)


async def change_quotas(work: UnitOfWork, tenant_id: UUID, quotas: Quotas, cause: Cause) -> bool:
    """Give a tenant other quotas; false when there is no such tenant."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant:
        # In the order of those who register people: the tenant's row, then that of its quotas.
        await _announce(work, tenant, quotas, cause)
        await work.quotas.set(tenant_id, quotas)
    return tenant is not None


async def _announce(work: UnitOfWork, tenant: Tenant, quotas: Quotas, cause: Cause) -> None:
    tenant.tell()
    await work.tenants.save(tenant)
    work.publish(outgoing.tenant_limited(tenant, quotas, cause))
