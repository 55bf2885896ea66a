"""What operators ask of tenants and their subscriptions, with their own token.

Each method raises a ServiceTroubleError.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from services.console.domain.onboarding import Attempt, Onboarding, UnderWay
from services.console.domain.subscription import (
    Delivery,
    DeliveryAttempt,
    FailingKey,
    Subscription,
    SubscriptionAct,
)
from services.console.domain.tenant import (
    Access,
    Counts,
    Done,
    HeldKey,
    Membership,
    Quotas,
    Tenant,
    TenantSearch,
)
from services.console.domain.tenant_acts import Act


class Tenants(Protocol):
    """Tenants at the member service."""

    async def search(
        self, token: str, wanted: TenantSearch, limit: int, offset: int
    ) -> Sequence[Tenant]:
        """Those that match, by name."""

    async def counts(self, token: str, wanted: TenantSearch) -> Counts:
        """How many match."""

    async def get(self, token: str, tenant_id: str) -> Tenant:
        """One tenant."""

    async def under_way(self, token: str, limit: int) -> Sequence[UnderWay]:
        """Who waits for a decision, is on the way, or was decided on in the last hour."""

    async def onboarding(self, token: str, tenant_id: str) -> Onboarding:
        """Its steps."""

    async def attempts(self, token: str, tenant_id: str) -> Sequence[Attempt]:
        """The newest attempts at its steps."""

    async def quotas(self, token: str, tenant_id: str) -> Quotas:
        """How much it may use, and uses."""

    async def membership(self, token: str, tenant_id: str) -> Membership:
        """What the register of members has of it."""

    async def official_keys(self, token: str, tenant_id: str) -> Sequence[HeldKey]:
        """The official keys over time."""

    async def accesses(self, token: str, tenant_id: str) -> Sequence[Access]:
        """The newest accesses of operators."""

    async def done(self, token: str, tenant_id: str) -> Sequence[Done]:
        """What operators did to it, newest first."""

    async def act(self, token: str, tenant_id: str, act: Act, body: Mapping[str, Any]) -> None:
        """Do it."""

    async def change_quotas(self, token: str, tenant_id: str, body: Mapping[str, Any]) -> None:
        """Let it use more or less."""

    async def ask_access(self, token: str, tenant_id: str, body: Mapping[str, Any]) -> None:
        """Come in for some hours."""

    async def end_access(self, token: str, tenant_id: str, access_id: str) -> None:
        """Go out before the time is over."""


class Subscriptions(Protocol):
    """Subscriptions at the feed service."""

    async def search(
        self, token: str, limit: int, offset: int, **wanted: str | None
    ) -> Sequence[Subscription]:
        """Those that match, what fails longest first."""

    async def get(self, token: str, subscription_id: str) -> Subscription:
        """One subscription."""

    async def failing_keys(self, token: str, subscription_id: str) -> Sequence[FailingKey]:
        """The aggregates whose events wait."""

    async def deliveries(
        self, token: str, subscription_id: str, status: str | None, limit: int, offset: int
    ) -> Sequence[Delivery]:
        """What was delivered or waits, newest first."""

    async def attempts(
        self, token: str, subscription_id: str, event_id: str
    ) -> Sequence[DeliveryAttempt]:
        """Each attempt to deliver an event."""

    async def act(self, token: str, subscription: Subscription, act: SubscriptionAct) -> None:
        """Do it in the tenant's place; needs a running access to it."""
