"""Fakes of what is kept of people."""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from uuid import UUID

from services.member.domain.job_family import JobFamily
from services.member.domain.org_unit import OrgUnit
from services.member.domain.person import ErasureReason, Person
from services.member.domain.record import PersonRecord
from services.member.domain.scim_token import ScimToken


class FakePeople:
    """People by id."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Person] = {}
        self.gone: dict[UUID, ErasureReason] = {}
        self.days: dict[UUID, int] = {}

    async def get(self, person_id: UUID) -> Person | None:
        return deepcopy(self.kept.get(person_id))

    async def by_external_ids(
        self, tenant_id: UUID, external_ids: Collection[str]
    ) -> Mapping[str, Person]:
        return {
            person.external_id: deepcopy(person)
            for person in self.kept.values()
            if person.external_id
            and person.tenant_id == tenant_id
            and person.external_id in external_ids
        }

    async def some(self, tenant_id: UUID, limit: int) -> Sequence[UUID]:
        ids = [each.person_id for each in self.kept.values() if each.tenant_id == tenant_id]
        return ids[:limit]

    async def get_many(self, person_ids: Collection[UUID]) -> list[Person]:
        return [deepcopy(self.kept[each]) for each in person_ids if each in self.kept]

    async def by_user_keys(
        self, tenant_id: UUID, user_keys: Collection[str]
    ) -> Mapping[str, Person]:
        return {
            person.account.key: deepcopy(person)
            for person in self.kept.values()
            if person.tenant_id == tenant_id and person.account.key in user_keys
        }

    async def by_subject(self, tenant_id: UUID, subject: str) -> Person | None:
        return next((each for each in self._of(tenant_id) if each.subject == subject), None)

    async def by_email(self, tenant_id: UUID, email: str) -> Sequence[Person]:
        wanted = email.lower()
        found = [
            each
            for each in self._of(tenant_id)
            if each.description.email.lower() == wanted and not each.has_left
        ]
        return found[:2]

    async def link(self, person: Person) -> bool:
        if self.kept[person.person_id].subject is not None:
            return False
        self.kept[person.person_id] = deepcopy(person)
        return True

    def _of(self, tenant_id: UUID) -> Sequence[Person]:
        return [deepcopy(each) for each in self.kept.values() if each.tenant_id == tenant_id]

    async def save(self, people: Collection[Person]) -> None:
        for person in people:
            person.changes.clear()
            person.is_changed = False
            self.kept[person.person_id] = deepcopy(person)

    async def erase(
        self, tenant_id: UUID, person_ids: Collection[UUID], reason: ErasureReason, now: datetime
    ) -> None:
        for person_id in person_ids:
            del self.kept[person_id]
            self.gone[person_id] = reason

    async def erased(self, person_ids: Collection[UUID]) -> Collection[UUID]:
        return self.gone.keys() & set(person_ids)

    async def erase_after_days(self, tenant_id: UUID) -> int | None:
        return self.days.get(tenant_id)

    async def keep_for_days(self, tenant_id: UUID, days: int) -> None:
        self.days[tenant_id] = days


class FakeOrgUnits:
    """Units by id, of one tenant."""

    def __init__(self) -> None:
        self.kept: dict[UUID, OrgUnit] = {}

    async def get(self, unit_id: UUID) -> OrgUnit | None:
        return deepcopy(self.kept.get(unit_id))

    async def parents(self) -> Mapping[UUID, UUID | None]:
        return {unit.unit_id: unit.parent_id for unit in self.kept.values()}

    async def by_external_ids(self, external_ids: Collection[str]) -> Mapping[str, UUID]:
        return {
            unit.external_id: unit.unit_id
            for unit in self.kept.values()
            if unit.external_id and unit.external_id in external_ids
        }

    async def save(self, unit: OrgUnit) -> None:
        unit.is_changed = False
        self.kept[unit.unit_id] = deepcopy(unit)

    async def add_members(self, tenant_id: UUID, joins: Collection[tuple[UUID, UUID]]) -> None:
        for unit_id, person_id in joins:
            self.kept[unit_id].members |= {person_id}

    async def delete(self, unit_id: UUID) -> None:
        del self.kept[unit_id]


class FakeJobFamilies:
    """Job families by id, of one tenant."""

    def __init__(self) -> None:
        self.kept: dict[UUID, JobFamily] = {}

    async def get(self, job_family_id: UUID) -> JobFamily | None:
        return deepcopy(self.kept.get(job_family_id))

    async def by_keys(self, keys: Collection[str]) -> Mapping[str, JobFamily]:
        return {each.key: deepcopy(each) for each in self.kept.values() if each.key in keys}

    async def save(self, families: Sequence[JobFamily]) -> None:
        for family in families:
            self.kept[family.job_family_id] = deepcopy(family)


class FakeScimTokens:
    """Tokens by id."""

    def __init__(self) -> None:
        self.kept: dict[UUID, ScimToken] = {}

    async def all(self, tenant_id: UUID) -> Sequence[ScimToken]:
        return [deepcopy(each) for each in self.kept.values() if each.tenant_id == tenant_id]

    async def by_digest(self, tenant_id: UUID, digest: bytes) -> ScimToken | None:
        return next((each for each in await self.all(tenant_id) if each.digest == digest), None)

    async def save(self, tokens: Sequence[ScimToken]) -> None:
        for token in tokens:
            self.kept[token.token_id] = deepcopy(token)


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

    async def erase(self, person_ids: Collection[UUID]) -> None:
        self.kept = {
            key: each for key, each in self.kept.items() if each.person_id not in person_ids
        }
