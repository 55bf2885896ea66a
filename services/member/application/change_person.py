"""A tenant corrects a person's name, address or roles."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.person import Description, Person, Role
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class ChangePerson:
    """What shall be different; what is None stays."""

    tenant_id: UUID
    person_id: UUID
    given_name: str | None
    family_name: str | None
    email: str | None
    roles: frozenset[Role] | None
    cause: Cause
    external_id: str | None = None
    user_name: str | None = None
    job_family_id: UUID | None = None


async def change_person(work: UnitOfWork, command: ChangePerson) -> Person | None:
    """Take over what is different; None when the tenant has no such person.

    Raises UserNameTakenError, ExternalIdTakenError, UnknownJobFamilyError or RoleNotForKindError.
    """
    tenant = await require_active(work, command.tenant_id)
    tenant.organisation.kind.check_roles(command.roles or ())
    person = await work.people.get(command.person_id)
    if person:
        person.update(_description(person, command), command.roles or person.roles)
        user_name = command.user_name or person.account.user_name
        person.know_as(
            command.external_id or person.external_id, replace(person.account, user_name=user_name)
        )
        person.join(command.job_family_id or person.job_family_id)
        work.publish(*outgoing.person_changed(person, command.cause))
        await work.people.save([person])
    return person


def _description(person: Person, command: ChangePerson) -> Description:
    return Description(
        given_name=command.given_name or person.description.given_name,
        family_name=command.family_name or person.description.family_name,
        email=command.email or person.description.email,
    )
