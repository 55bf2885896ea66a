"""A tenant registers its people: one, or a thousand in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.domain.account import user_key
from services.member.domain.errors import TenantNotActiveError
from services.member.domain.organisation import Kind
from services.member.domain.people_errors import UserNameTakenError
from services.member.domain.person import Description, Outcome, Person, Role
from services.member.domain.quota import Headcount
from services.member.domain.tenant import Tenant
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """A person as the tenant knows them. `person_id` is taken only if the person is new.

    Without roles a known person keeps theirs, and a new one is a learner.
    """

    person_id: UUID
    external_id: str
    description: Description
    roles: frozenset[Role]
    user_name: str | None = None

    @property
    def wanted_user_name(self) -> str:
        """What a new person is called in the tenant's directory."""
        return self.user_name or self.external_id


@dataclass(frozen=True, slots=True)
class Registered:
    """What registering came to."""

    person_id: UUID
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Roll:
    """The people whom commands are about: by the tenant's keys, and who has which user name.

    `known` is how many there were among them; what is allowed is not known of a tenant without quotas.
    """

    tenant_id: UUID
    kind: Kind
    people: dict[str, Person]
    named: dict[str, UUID]
    known: int
    headcount: Headcount | None

    @classmethod
    async def load(
        cls, work: UnitOfWork, tenant: Tenant, commands: Sequence[RegisterPerson]
    ) -> Self:
        """Everybody whom the commands touch."""
        external_ids = {command.external_id for command in commands}
        keys = {user_key(command.wanted_user_name) for command in commands}
        people = await work.people.by_external_ids(tenant.tenant_id, external_ids)
        named = await work.people.by_user_keys(tenant.tenant_id, keys)
        taken = {key: each.person_id for key, each in named.items()}
        headcount = await work.quotas.headcount(tenant.tenant_id)
        kind = tenant.organisation.kind
        return cls(tenant.tenant_id, kind, dict(people), taken, len(people), headcount)

    def register(self, command: RegisterPerson) -> Registered:
        """Register the person, or update who is known.

        Raises UserNameTakenError, RoleNotForKindError or TooManyPeopleError, and changes nothing.
        """
        known = self.people.get(command.external_id)
        roles = command.roles or (known.roles if known else frozenset({Role.LEARNER}))
        self.kind.check_roles(roles)
        if known:
            if command.user_name:
                self._take_name(command.user_name, known.person_id)
            outcome = known.update(command.description, roles)
            if command.user_name and command.user_name != known.account.user_name:
                known.rename(command.user_name)
                outcome = Outcome.UPDATED
            return Registered(known.person_id, outcome)
        if self.headcount:
            self.headcount.require_room(len(self.people) - self.known + 1)
        self._take_name(command.wanted_user_name, command.person_id)
        self.people[command.external_id] = Person.register(
            self.tenant_id,
            command.person_id,
            command.external_id,
            command.description,
            roles,
            command.user_name,
        )
        return Registered(command.person_id, Outcome.CREATED)

    async def save(self, work: UnitOfWork, cause: Cause) -> None:
        """Keep whom the commands changed, and tell of it."""
        changed = [person for person in self.people.values() if person.is_changed]
        for person in changed:
            work.publish(*outgoing.person_changed(person, cause))
        await work.people.save(changed)

    def _take_name(self, user_name: str, person_id: UUID) -> None:
        if self.named.setdefault(user_key(user_name), person_id) != person_id:
            raise UserNameTakenError


async def register_people(
    work: UnitOfWork, tenant_id: UUID, commands: Sequence[RegisterPerson], cause: Cause
) -> Sequence[Registered]:
    """Register the new and update the known, by external id; the answers are in the order given.

    Raises UserNameTakenError, RoleNotForKindError or TooManyPeopleError, and then nobody is registered.
    """
    tenant = await require_active(work, tenant_id)
    roll = await Roll.load(work, tenant, commands)
    answers = [roll.register(command) for command in commands]
    await roll.save(work, cause)
    return answers


async def require_active(work: UnitOfWork, tenant_id: UUID) -> Tenant:
    """Go on only for an active tenant, and one at a time.

    Raises TenantSuspendedError or TenantNotActiveError.
    """
    tenant = await work.tenants.lock(tenant_id)
    if tenant is None:
        raise TenantNotActiveError
    tenant.require_active()
    return tenant
