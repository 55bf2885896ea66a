"""The tenant's directory tells of a person: there, changed, gone."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.account import Account
from services.member.domain.errors import TenantNotActiveError
from services.member.domain.person import Description, Person, Role
from shared.envelope import Cause

#: How long a person is kept whom the directory deleted, where the tenant has not said.
ERASE_AFTER_DAYS = 90


@dataclass(frozen=True, slots=True)
class ProvisionPerson:
    """A person, wholly as the directory knows them now."""

    tenant_id: UUID
    person_id: UUID
    external_id: str | None
    description: Description
    roles: frozenset[Role]
    account: Account
    is_active: bool
    cause: Cause


async def provision_person(work: UnitOfWork, command: ProvisionPerson, today: date) -> Person:
    """Register somebody new. Many may come at once: what is taken is refused by the repository.

    Raises TenantNotActiveError, RoleNotForKindError, UserNameTakenError, ExternalIdTakenError or
    TooManyPeopleError.
    """
    tenant = await work.tenants.get(command.tenant_id)
    if tenant is None:
        raise TenantNotActiveError
    tenant.require_active()
    tenant.organisation.kind.check_roles(command.roles)
    person = Person.provision(
        command.tenant_id,
        command.person_id,
        command.external_id,
        command.description,
        command.roles,
        command.account,
    )
    if not command.is_active:
        person.leave(today, today)
    await _save(work, person, command.cause)
    return person


async def reprovision_person(
    work: UnitOfWork, command: ProvisionPerson, today: date
) -> Person | None:
    """Take over what is different; None when the directory has no such person. Raises as provision_person."""
    tenant = await require_active(work, command.tenant_id)
    tenant.organisation.kind.check_roles(command.roles)
    person = await work.people.get(command.person_id)
    if person is None or person.erase_on:
        return None
    if command.is_active and person.has_left:
        person.come_back()
    person.know_as(command.external_id, command.account)
    person.update(command.description, command.roles)
    if not command.is_active:
        person.leave(today, today)
    await _save(work, person, command.cause)
    return person


async def deprovision_person(
    work: UnitOfWork, tenant_id: UUID, person_id: UUID, cause: Cause, today: date
) -> Person | None:
    """They leave, and are erased when the tenant's period ends; None when the directory has no such person."""
    await require_active(work, tenant_id)
    person = await work.people.get(person_id)
    if person is None or person.erase_on:
        return None
    days = await work.people.erase_after_days(tenant_id)
    person.remove(today, today + timedelta(days=ERASE_AFTER_DAYS if days is None else days))
    await _save(work, person, cause)
    return person


async def _save(work: UnitOfWork, person: Person, cause: Cause) -> None:
    work.publish(*outgoing.person_changed(person, cause))
    await work.people.save([person])
