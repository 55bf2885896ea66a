"""A person's roles become those of the person's account, whenever they change; who has left acts no more."""

from datetime import datetime
from uuid import UUID

from services.member.application.outside import IdentityProvider, IdentityProviderError
from services.member.application.ports import OpenUnit
from services.member.domain.person import Person
from services.member.domain.tenant import Tenant


async def write_roles(
    opened: OpenUnit, provider: IdentityProvider, tenant_id: UUID, person_id: UUID, now: datetime
) -> None:
    """Bring the account's roles and membership to the person's: none for who has left or is erased.

    A failure is tried again later.
    """
    async with opened([tenant_id]) as work:
        account = await work.account_checks.lock(person_id)
        if account is None or not account.check.is_due(now):
            return
        account.check.lease(now)
        leased_until = account.check.due_at
        await work.account_checks.save(account)
        person = await work.people.get(person_id)
        tenant = await work.tenants.get(tenant_id)
    is_there = person is not None and not person.has_left
    roles = account_roles(person, tenant) if person and tenant and is_there else frozenset()
    try:
        await provider.set_roles(tenant_id, account.subject, roles)
        if tenant and tenant.organization_id:
            change = provider.add_member if is_there else provider.remove_member
            await change(tenant.organization_id, account.subject)
    except IdentityProviderError as error:
        account.check.fail(str(error), now)
    else:
        account.check.succeed(None)
    async with opened([tenant_id]) as work:
        current = await work.account_checks.lock(person_id)
        # Roles that changed meanwhile have made it due again, and it stays so.
        if current and current.check.due_at == leased_until:
            await work.account_checks.save(account)


def account_roles(person: Person, tenant: Tenant) -> frozenset[str]:
    """What the account may do: the person's roles; who applied for the tenant also keeps running it."""
    roles = {role.value for role in person.roles}
    founder = tenant.applicant_roles if person.subject == tenant.applicant else ()
    return frozenset(roles.union(founder))
