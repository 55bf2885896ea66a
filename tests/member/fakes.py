"""The ports in memory. What is kept is copied, so that only what is saved changes."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from uuid import UUID

from services.member.application.ports import IdentityProviderError
from services.member.domain.area import Areas
from services.member.domain.errors import OfficialKeyTakenError
from services.member.domain.person import Person
from services.member.domain.record import PersonRecord
from services.member.domain.tenant import Status, Tenant
from shared.envelope import Outgoing
from tests.member.builders import AREAS


class FakeTenants:
    """Tenants by id."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Tenant] = {}

    async def add(self, tenant: Tenant) -> None:
        key = tenant.organisation.official_key
        taken = {
            other.organisation.official_key.identity
            for other in self.kept.values()
            if other.organisation.official_key and other.status is not Status.REFUSED
        }
        if key and key.identity in taken:
            raise OfficialKeyTakenError
        await self.save(tenant)

    async def get(self, tenant_id: UUID) -> Tenant | None:
        return deepcopy(self.kept.get(tenant_id))

    async def lock(self, tenant_id: UUID) -> Tenant | None:
        return await self.get(tenant_id)

    async def save(self, tenant: Tenant) -> None:
        self.kept[tenant.tenant_id] = deepcopy(tenant)


class FakePeople:
    """People by id."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Person] = {}

    async def get(self, person_id: UUID) -> Person | None:
        return deepcopy(self.kept.get(person_id))

    async def by_external_ids(
        self, tenant_id: UUID, external_ids: Collection[str]
    ) -> Mapping[str, Person]:
        return {
            person.external_id: deepcopy(person)
            for person in self.kept.values()
            if person.tenant_id == tenant_id and person.external_id in external_ids
        }

    async def save(self, people: Collection[Person]) -> None:
        for person in people:
            person.changes.clear()
            self.kept[person.person_id] = deepcopy(person)


class FakeRecords:
    """Records by tenant and booking."""

    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, UUID], PersonRecord] = {}

    async def lock(
        self, bookings: Mapping[tuple[UUID, UUID], UUID]
    ) -> Mapping[tuple[UUID, UUID], PersonRecord]:
        return {
            key: deepcopy(self.kept.get(key, PersonRecord(*key, person_id)))
            for key, person_id in bookings.items()
        }

    async def save(self, records: Collection[PersonRecord]) -> None:
        for record in records:
            self.kept[record.tenant_id, record.booking_id] = deepcopy(record)


class FakeAreas:
    """Three states of Germany, and Luxembourg."""

    async def get(self) -> Areas:
        return AREAS


class FakeUnitOfWork:
    """Everything in memory, with what was published."""

    def __init__(self) -> None:
        self.tenants = FakeTenants()
        self.people = FakePeople()
        self.records = FakeRecords()
        self.areas = FakeAreas()
        self.published: list[Outgoing] = []

    def publish(self, *events: Outgoing) -> None:
        self.published.extend(events)

    @asynccontextmanager
    async def opened(self, _tenants: Collection[UUID]) -> AsyncIterator["FakeUnitOfWork"]:
        yield self


class FakeIdentityProvider:
    """Organizations, members and roles; fails at the calls it is told to, before or after acting."""

    def __init__(self) -> None:
        self.organizations: dict[UUID, str] = {}
        self.members: set[tuple[str, str]] = set()
        self.roles: dict[str, set[str]] = {}
        self.calls: list[str] = []
        self.fails_before: list[str] = []
        self.fails_after: list[str] = []
        self.crashes = False

    async def create_organization(self, tenant: Tenant) -> str:
        self._begin("organization")
        made = self.organizations.setdefault(tenant.tenant_id, f"org-{tenant.tenant_id}")
        self._end("organization")
        return made

    async def add_member(self, organization_id: str, subject: str) -> None:
        self._begin("membership")
        self.members.add((organization_id, subject))
        self._end("membership")

    async def grant_roles(self, subject: str, roles: Sequence[str]) -> None:
        self._begin("roles")
        self.roles.setdefault(subject, set()).update(roles)
        self._end("roles")

    def _begin(self, name: str) -> None:
        self.calls.append(name)
        if self.crashes:
            raise KeyboardInterrupt
        self._fail(self.fails_before, name)

    def _end(self, name: str) -> None:
        self._fail(self.fails_after, name)

    def _fail(self, planned: list[str], name: str) -> None:
        if name in planned:
            planned.remove(name)
            raise IdentityProviderError("unreachable", "Keycloak does not answer.")
