"""What the use cases need from outside; adapters provide it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.feed.domain.person_name import NamedPerson
from services.feed.domain.quota import Quota
from services.feed.domain.subscription import Subscription
from services.feed.domain.tenant import Tenant
from services.feed.domain.view import View
from shared.envelope import Envelope, Outgoing


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as one tenant is to see it: what is appended to that tenant's log."""

    tenant_id: UUID
    view: View
    envelope: Envelope
    data: Mapping[str, object]


class Tenants(Protocol):
    """The copy of the tenants that member announces."""

    async def learn(self, tenants: Sequence[tuple[Tenant, int]]) -> None:
        """Keep tenants with the sequence of the event that told of them; older ones change nothing."""

    async def lock(self, tenant_id: UUID) -> Tenant | None:
        """A tenant for which nobody else does the same until the unit of work ends."""

    async def most_subscriptions(self, tenant_id: UUID) -> int | None:
        """How many subscriptions the tenant's quota allows; None if nobody has said so."""

    async def forget(self, tenant_id: UUID) -> None:
        """Keep nothing of a tenant but that it has left, and that its log is closed."""


class Log(Protocol):
    """The tenants' logs; only ever appended to."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Give each entry the next position in its tenant's log, in this order."""


class Subscriptions(Protocol):
    """The subscriptions of the tenants that the unit of work acts for."""

    async def listeners(self, types: Collection[str]) -> Mapping[str, Collection[UUID]]:
        """The tenants that subscribe to each of these types."""

    async def add(self, subscription: Subscription) -> None:
        """Keep a new subscription, read from its start."""

    async def lock(self, subscription_id: UUID) -> Subscription | None:
        """A subscription that nobody else changes until the unit of work ends."""

    async def of_tenant(self, tenant_id: UUID) -> Sequence[Subscription]:
        """All of a tenant's."""

    async def save(self, subscription: Subscription) -> None:
        """Keep a changed subscription."""

    async def remove(self, subscription: Subscription) -> None:
        """Keep nothing of a subscription but its attempts."""


class Quotas(Protocol):
    """How much of the feed each tenant may use."""

    async def learn(self, quotas: Sequence[tuple[Quota, int]]) -> None:
        """Keep quotas with the sequence of the event that told of them; older ones change nothing."""


class Names(Protocol):
    """What people are called, of the tenants that agreed to named people."""

    async def agreed(self, tenant_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of these tenants that agreed, for whatever subscription."""

    async def learn(self, people: Sequence[tuple[NamedPerson, int]]) -> None:
        """Keep names with the sequence of the event that told of them; older ones change nothing."""

    async def forget_unless_agreed(self, tenant_id: UUID) -> None:
        """Keep no name of a tenant of which no subscription has an agreement any more."""

    async def ask_again(self) -> None:
        """Have all names read again, once this is committed."""


class Shared(Protocol):
    """What tenants share with everybody."""

    async def keep(self, entries: Sequence[Entry]) -> None:
        """Keep what others see; what is older than what is kept changes nothing."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def tenants(self) -> Tenants:
        """The tenants."""

    @property
    def log(self) -> Log:
        """The logs."""

    @property
    def subscriptions(self) -> Subscriptions:
        """The subscriptions."""

    @property
    def quotas(self) -> Quotas:
        """The quotas."""

    @property
    def shared(self) -> Shared:
        """What is shared with everybody."""

    @property
    def names(self) -> Names:
        """The names of people."""

    def publish(self, *events: Outgoing) -> None:
        """Have events leave with this transaction."""
