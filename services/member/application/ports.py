"""What the use cases need from the outside, for adapters to provide and fakes to stand in for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from services.member.domain.area import Areas
from services.member.domain.person import Person
from services.member.domain.record import PersonRecord
from services.member.domain.tenant import Tenant
from shared.envelope import Outgoing


class Tenants(Protocol):
    """The tenants that the unit of work acts for."""

    async def add(self, tenant: Tenant) -> None:
        """Keep a new application. Raises OfficialKeyTakenError, however many apply at once."""

    async def get(self, tenant_id: UUID) -> Tenant | None:
        """A tenant as it is now, without a lock."""

    async def lock(self, tenant_id: UUID) -> Tenant | None:
        """A tenant that nobody else changes, nor its people, until the unit of work ends."""

    async def save(self, tenant: Tenant) -> None:
        """Keep what became of a locked tenant."""


class People(Protocol):
    """The people of the tenants that the unit of work acts for. Whoever saves holds the tenant's lock."""

    async def get(self, person_id: UUID) -> Person | None:
        """A person."""

    async def by_external_ids(
        self, tenant_id: UUID, external_ids: Collection[str]
    ) -> Mapping[str, Person]:
        """People by the tenant's own keys; one that is new is missing from the answer."""

    async def save(self, people: Collection[Person]) -> None:
        """Keep new and changed people; their changes have been told."""


class Records(Protocol):
    """What people completed."""

    async def lock(
        self, bookings: Mapping[tuple[UUID, UUID], UUID]
    ) -> Mapping[tuple[UUID, UUID], PersonRecord]:
        """Locked records by tenant and booking, for the person given; an empty one is made if none is there."""

    async def save(self, records: Collection[PersonRecord]) -> None:
        """Keep locked records."""


class AreaDirectory(Protocol):
    """The states and regions that there are."""

    async def get(self) -> Areas:
        """All of them."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def tenants(self) -> Tenants:
        """The tenants."""

    @property
    def people(self) -> People:
        """The people."""

    @property
    def records(self) -> Records:
        """What people completed."""

    @property
    def areas(self) -> AreaDirectory:
        """The states and regions."""

    def publish(self, *events: Outgoing) -> None:
        """Have events leave with this transaction."""


#: Opens a unit of work that acts for some tenants; for work that takes several transactions.
OpenUnit = Callable[[Collection[UUID]], AbstractAsyncContextManager[UnitOfWork]]


class IdentityProviderError(Exception):
    """The identity provider did not do what was asked. `code` is stable; no text names a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class IdentityProvider(Protocol):
    """Where people sign in. Every method may be repeated; all raise IdentityProviderError."""

    async def create_organization(self, tenant: Tenant) -> str:
        """The id of the tenant's organization, which is made if it is not there."""

    async def add_member(self, organization_id: str, subject: str) -> None:
        """Let a user act for an organization."""

    async def grant_roles(self, subject: str, roles: Sequence[str]) -> None:
        """Give a user roles; those it has already stay."""


#: Connects to the identity provider for as long as a block lasts.
ConnectProvider = Callable[[], AbstractAsyncContextManager[IdentityProvider]]
