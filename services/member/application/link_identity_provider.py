"""A tenant links its own identity provider, for the domains that it has proved."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.member.application.outside import IdentityLinker, Login
from services.member.application.ports import OpenUnit, UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.errors import TenantNotActiveError
from services.member.domain.identity_link import IdentityLink
from services.member.domain.onboarding_errors import DomainNotProvedYetError
from services.member.domain.tenant import Tenant


async def link_identity_provider(
    opened: OpenUnit,
    linker: IdentityLinker,
    tenant_id: UUID,
    login: Login,
    names: Sequence[str],
    now: datetime,
) -> IdentityLink:
    """Have people led to it. Raises DomainNotProvedYetError; may be repeated after a crash at any point."""
    async with opened([tenant_id]) as work:
        tenant = await check_domains(work, tenant_id, names)
    await linker.link(tenant, login, names)
    link = IdentityLink(tenant_id, login.protocol, login.issuer, tuple(names), now)
    async with opened([tenant_id]) as work:
        await require_active(work, tenant_id)
        await work.links.save(link)
    return link


async def check_domains(work: UnitOfWork, tenant_id: UUID, names: Sequence[str]) -> Tenant:
    """The tenant, if it is active and has proved every name. Raises TenantNotActiveError, DomainNotProvedYetError."""
    tenant = await work.tenants.get(tenant_id)
    if tenant is None or not tenant.is_active:
        raise TenantNotActiveError
    proved = {each.domain for each in await work.domains.all(tenant_id) if each.is_proved}
    for name in names:
        if name not in proved:
            raise DomainNotProvedYetError(name)
    return tenant


async def unlink_identity_provider(
    opened: OpenUnit, linker: IdentityLinker, tenant_id: UUID
) -> None:
    """Have nobody led to it any more; may be repeated."""
    async with opened([tenant_id]) as work:
        await require_active(work, tenant_id)
        tenant = await work.tenants.get(tenant_id)
        assert tenant, "an active tenant is there"
    await linker.unlink(tenant)
    async with opened([tenant_id]) as work:
        await work.links.remove(tenant_id)
