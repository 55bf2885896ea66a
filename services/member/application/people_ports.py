"""What is kept of people, for adapters to provide and fakes to stand in for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.member.domain.job_family import JobFamily
from services.member.domain.org_unit import OrgUnit
from services.member.domain.person import ErasureReason, Person
from services.member.domain.record import PersonRecord
from services.member.domain.scim_token import ScimToken


class People(Protocol):
    """The people of the tenants that the unit of work acts for. Whoever changes one holds the tenant's lock."""

    async def get(self, person_id: UUID) -> Person | None:
        """A person."""

    async def get_many(self, person_ids: Collection[UUID]) -> list[Person]:
        """People; one that is not there is missing from the answer."""

    async def some(self, tenant_id: UUID, limit: int) -> Sequence[UUID]:
        """The ids of some of the tenant's people, as long as there are any; for doing something to all."""

    async def by_external_ids(
        self, tenant_id: UUID, external_ids: Collection[str]
    ) -> Mapping[str, Person]:
        """People by the tenant's own keys; one that is new is missing from the answer."""

    async def by_subject(self, tenant_id: UUID, subject: str) -> Person | None:
        """The person whose account has this token subject."""

    async def by_email(self, tenant_id: UUID, email: str) -> Sequence[Person]:
        """Up to two people with an address, whatever its capitals: one is who is meant."""

    async def link(self, person: Person) -> bool:
        """Keep whose account it is, if the person has none; its roles will follow. Returns whether it is kept."""

    async def by_user_keys(
        self, tenant_id: UUID, user_keys: Collection[str]
    ) -> Mapping[str, Person]:
        """People by their user names as those are compared."""

    async def save(self, people: Collection[Person]) -> None:
        """Keep new and changed people; their changes have been told, and their accounts will follow.

        Raises UserNameTakenError, ExternalIdTakenError, UnknownJobFamilyError or, however many come at
        once, TooManyPeopleError.
        """

    async def erase(
        self, tenant_id: UUID, person_ids: Collection[UUID], reason: ErasureReason, now: datetime
    ) -> None:
        """Keep nothing of people but that these ids were erased, neither here nor in the archive of events."""

    async def erased(self, person_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of these people who were erased."""

    async def erase_after_days(self, tenant_id: UUID) -> int | None:
        """How long the tenant keeps whom its directory deleted; None when it has not said."""

    async def keep_for_days(self, tenant_id: UUID, days: int) -> None:
        """Keep how long."""


class OrgUnits(Protocol):
    """The units of the tenant that the unit of work acts for. Whoever changes one holds the tenant's lock."""

    async def get(self, unit_id: UUID) -> OrgUnit | None:
        """A unit with its own people."""

    async def parents(self) -> Mapping[UUID, UUID | None]:
        """Every unit of the tenant with what it lies below."""

    async def by_external_ids(self, external_ids: Collection[str]) -> Mapping[str, UUID]:
        """Units by the tenant's own keys."""

    async def save(self, unit: OrgUnit) -> None:
        """Keep a new or changed unit. Raises ExternalIdTakenError or UnknownPersonError."""

    async def add_members(self, tenant_id: UUID, joins: Collection[tuple[UUID, UUID]]) -> None:
        """Have people belong to units, given as pairs of unit and person; who does already stays."""

    async def delete(self, unit_id: UUID) -> None:
        """Keep nothing of a unit; its people stay."""


class JobFamilies(Protocol):
    """The tenant's job families."""

    async def get(self, job_family_id: UUID) -> JobFamily | None:
        """A job family."""

    async def by_keys(self, keys: Collection[str]) -> Mapping[str, JobFamily]:
        """Job families by the tenant's own keys."""

    async def save(self, families: Sequence[JobFamily]) -> None:
        """Keep new and changed job families. Raises JobFamilyKeyTakenError."""


class ScimTokens(Protocol):
    """The secrets of the tenant's identity system, as digests."""

    async def all(self, tenant_id: UUID) -> Sequence[ScimToken]:
        """The tenant's tokens, newest first."""

    async def by_digest(self, tenant_id: UUID, digest: bytes) -> ScimToken | None:
        """The tenant's token with a secret of this digest."""

    async def save(self, tokens: Sequence[ScimToken]) -> None:
        """Keep new and changed tokens."""


class Records(Protocol):
    """What people completed."""

    async def lock(
        self, bookings: Mapping[tuple[UUID, UUID], UUID]
    ) -> Mapping[tuple[UUID, UUID], PersonRecord]:
        """Locked records by tenant and booking, for the person given; an empty one is made if none is there."""

    async def save(self, records: Collection[PersonRecord]) -> None:
        """Keep locked records."""

    async def erase(self, person_ids: Collection[UUID]) -> None:
        """Keep nothing of what these people completed."""
