"""A tenant chooses how it looks."""

from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.domain.brand import Brand
from services.member.domain.errors import TenantNotActiveError
from shared.envelope import Cause


async def brand_tenant(work: UnitOfWork, tenant_id: UUID, brand: Brand, cause: Cause) -> None:
    """Take over a brand and announce it; the one it has already changes nothing. Raises TenantNotActiveError."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant is None or not tenant.is_active:
        raise TenantNotActiveError
    if brand == await work.brands.get(tenant_id):
        return
    tenant.tell()
    await work.tenants.save(tenant)
    await work.brands.save(tenant_id, brand)
    work.publish(outgoing.tenant_branded(tenant, brand, cause))
