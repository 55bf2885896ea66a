"""What each step does. All may be repeated; a step that learns something leaves it in the tenant it is given."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from services.member.application.limit_tenant import give_usual_quotas
from services.member.application.machine_clients import close_machine_clients
from services.member.application.outside import Outside
from services.member.application.ports import OpenUnit
from services.member.application.revoke_scim_tokens import revoke_scim_tokens
from services.member.domain.onboarding import Direction, Step
from services.member.domain.tenant import Tenant
from shared.envelope import Cause

#: Who revokes what a tenant leaves behind.
CLOSING = "offboarding"

Action = Callable[[OpenUnit, Outside, Tenant, datetime], Awaitable[None]]


async def create_organization(
    _opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime
) -> None:
    """Where the tenant's people sign in."""
    tenant.organization_id = await outside.identity.create_organization(tenant)


async def create_account(
    _opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime
) -> None:
    """An administrator for a tenant that an operator applied for."""
    tenant.applicant = await outside.identity.create_account(tenant.contact_email)


async def add_administrator(
    _opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime
) -> None:
    """The first administrator acts for the tenant."""
    assert tenant.organization_id, "the organization is made first"
    await outside.identity.add_member(tenant.organization_id, tenant.applicant)


async def grant_roles(_opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime) -> None:
    """What the first administrator may do."""
    await outside.identity.grant_roles(tenant.tenant_id, tenant.applicant, tenant.applicant_roles)


async def invite_administrator(
    _opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime
) -> None:
    """The first administrator learns of the account. After a crash the same letter may come twice."""
    await outside.identity.invite(tenant.applicant)


async def allow_reading(
    _opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime
) -> None:
    """What the tenant's systems may read. The user comes with its first password, when somebody asks for it."""
    await outside.broker.allow(tenant.tenant_id)


async def give_quotas(opened: OpenUnit, _outside: Outside, tenant: Tenant, _now: datetime) -> None:
    """What is usual for its kind."""
    async with opened([tenant.tenant_id]) as work:
        await give_usual_quotas(work, tenant.tenant_id, Cause(str(tenant.tenant_id)))


async def probe(_opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime) -> None:
    """Prove that a token names the tenant."""
    await outside.prober.probe(tenant)


async def withdraw_rights(
    _opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime
) -> None:
    """Nothing may be read any more, in open sessions neither."""
    await outside.broker.withdraw(tenant.tenant_id)


async def remove_user(_opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime) -> None:
    """Nobody logs in to the broker any more."""
    await outside.broker.remove_user(tenant.tenant_id)


async def close_scim(opened: OpenUnit, _outside: Outside, tenant: Tenant, now: datetime) -> None:
    """Nobody brings people any more."""
    async with opened([tenant.tenant_id]) as work:
        await revoke_scim_tokens(work, tenant.tenant_id, now)


async def close_machines(
    opened: OpenUnit, _outside: Outside, tenant: Tenant, now: datetime
) -> None:
    """The tenant's programs get no token any more."""
    async with opened([tenant.tenant_id]) as work:
        await close_machine_clients(work, tenant.tenant_id, CLOSING, now)


async def unlink_identity_provider(
    opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime
) -> None:
    """Before the organization: without it, it would stand open to the whole realm. Its domains are free again."""
    await outside.identity.unlink(tenant)
    async with opened([tenant.tenant_id]) as work:
        await work.links.remove(tenant.tenant_id)
        await work.domains.release(tenant.tenant_id)


async def delete_organization(
    _opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime
) -> None:
    """Nobody signs in for the tenant any more."""
    await outside.identity.delete_organization(tenant)


async def delete_topic(_opened: OpenUnit, outside: Outside, tenant: Tenant, _now: datetime) -> None:
    """What the tenant's systems could read is gone."""
    await outside.broker.delete_topic(tenant.tenant_id)


#: The issuer is not here: an event of its service marks that step.
ACTIONS: Mapping[Direction, Mapping[Step, Action]] = {
    Direction.OPENING: {
        Step.ORGANIZATION: create_organization,
        Step.ACCOUNT: create_account,
        Step.MEMBERSHIP: add_administrator,
        Step.ROLES: grant_roles,
        Step.INVITATION: invite_administrator,
        Step.KAFKA_RIGHTS: allow_reading,
        Step.QUOTAS: give_quotas,
        Step.PROBE: probe,
    },
    Direction.CLOSING: {
        Step.KAFKA_RIGHTS: withdraw_rights,
        Step.KAFKA_USER: remove_user,
        Step.SCIM_TOKENS: close_scim,
        Step.MACHINE_CLIENTS: close_machines,
        Step.IDENTITY_PROVIDER: unlink_identity_provider,
        Step.ORGANIZATION: delete_organization,
        Step.TOPIC: delete_topic,
    },
}
