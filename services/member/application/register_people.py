"""A tenant registers its people: one, or a thousand in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.domain.errors import TenantNotActiveError
from services.member.domain.person import Description, Outcome, Person, Role
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """A person as the tenant knows them. `person_id` is taken only if the person is new."""

    person_id: UUID
    external_id: str
    description: Description
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Registered:
    """What registering came to."""

    person_id: UUID
    outcome: Outcome


async def register_people(
    work: UnitOfWork, tenant_id: UUID, commands: Sequence[RegisterPerson], cause: Cause
) -> Sequence[Registered]:
    """Register the new and update the known, by external id; the answers are in the order given."""
    await require_active(work, tenant_id)
    people = dict(
        await work.people.by_external_ids(tenant_id, {command.external_id for command in commands})
    )
    answers = [_register(people, tenant_id, command) for command in commands]
    changed = [person for person in people.values() if person.changes]
    for person in changed:
        work.publish(*outgoing.person_changed(person, cause))
    await work.people.save(changed)
    return answers


async def require_active(work: UnitOfWork, tenant_id: UUID) -> None:
    """Go on only for an active tenant, and one at a time. Raises TenantNotActiveError."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant is None or not tenant.is_active:
        raise TenantNotActiveError


def _register(people: dict[str, Person], tenant_id: UUID, command: RegisterPerson) -> Registered:
    known = people.get(command.external_id)
    if known:
        return Registered(known.person_id, known.update(command.description, command.roles))
    people[command.external_id] = Person.register(
        tenant_id, command.person_id, command.external_id, command.description, command.roles
    )
    return Registered(command.person_id, Outcome.CREATED)
