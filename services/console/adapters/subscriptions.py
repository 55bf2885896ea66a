"""Subscriptions at the feed service, over HTTP."""

from collections.abc import Sequence
from typing import Any, Final, cast

from pydantic import TypeAdapter

from services.console.application.ports import Services
from services.console.domain.subscription import (
    Delivery,
    DeliveryAttempt,
    FailingKey,
    Subscription,
    SubscriptionAct,
)
from shared.auth.access import TENANT_HEADER

FEED: Final = "feed"
PATH: Final = "/v1/operations/subscriptions"
NEWEST: Final = 100

_SUBSCRIPTION = TypeAdapter(Subscription)
_SUBSCRIPTIONS = TypeAdapter(tuple[Subscription, ...])
_KEYS = TypeAdapter(tuple[FailingKey, ...])
_DELIVERIES = TypeAdapter(tuple[Delivery, ...])
_ATTEMPTS = TypeAdapter(tuple[DeliveryAttempt, ...])


class FeedSubscriptions:
    """Subscriptions as the feed service tells operators of them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def search(
        self, token: str, limit: int, offset: int, **wanted: str | None
    ) -> Sequence[Subscription]:
        """Those that match, what fails longest first."""
        found = await self._get("", token, _SUBSCRIPTIONS, limit=limit, offset=offset, **wanted)
        return cast("Sequence[Subscription]", found)

    async def get(self, token: str, subscription_id: str) -> Subscription:
        """One subscription."""
        return cast("Subscription", await self._get(f"/{subscription_id}", token, _SUBSCRIPTION))

    async def failing_keys(self, token: str, subscription_id: str) -> Sequence[FailingKey]:
        """The aggregates whose events wait."""
        path = f"/{subscription_id}/failing-keys"
        return cast("Sequence[FailingKey]", await self._get(path, token, _KEYS, limit=NEWEST))

    async def deliveries(
        self, token: str, subscription_id: str, status: str | None, limit: int, offset: int
    ) -> Sequence[Delivery]:
        """What was delivered or waits, newest first."""
        query = {"status": status, "limit": limit, "offset": offset}
        found = await self._get(f"/{subscription_id}/deliveries", token, _DELIVERIES, **query)
        return cast("Sequence[Delivery]", found)

    async def attempts(
        self, token: str, subscription_id: str, event_id: str
    ) -> Sequence[DeliveryAttempt]:
        """Each attempt to deliver an event."""
        path = f"/{subscription_id}/deliveries/{event_id}"
        return cast("Sequence[DeliveryAttempt]", await self._get(path, token, _ATTEMPTS))

    async def act(self, token: str, subscription: Subscription, act: SubscriptionAct) -> None:
        """Do it in the tenant's place; needs a running access to it."""
        path = f"/v1/subscriptions/{subscription.subscription_id}/{act.path}"
        headers = {TENANT_HEADER: subscription.tenant_id}
        await self._services.act("POST", FEED, path, token, headers=headers)

    async def _get(self, path: str, token: str, form: TypeAdapter[Any], **query: Any) -> Any:
        return await self._services.get(FEED, PATH + path, token, form.validate_python, **query)
