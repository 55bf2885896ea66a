"""A tenant gets a password for its user on the broker: a new one each time, kept nowhere."""

from uuid import UUID

from services.member.application.outside import Broker
from services.member.application.ports import OpenUnit
from services.member.domain.errors import TenantNotActiveError


async def hand_out_kafka_credentials(
    opened: OpenUnit, broker: Broker, tenant_id: UUID, password: str
) -> None:
    """Have this password open the tenant's user, and no earlier one. Raises TenantNotActiveError."""
    await _check_active(opened, tenant_id)
    await broker.set_password(tenant_id, password)
    try:
        await _check_active(opened, tenant_id)
    except TenantNotActiveError:
        # It has left meanwhile, and its user may have been removed before this made it again.
        await broker.remove_user(tenant_id)
        raise


async def _check_active(opened: OpenUnit, tenant_id: UUID) -> None:
    async with opened([tenant_id]) as work:
        tenant = await work.tenants.get(tenant_id)
        if tenant is None or not tenant.is_active:
            raise TenantNotActiveError
