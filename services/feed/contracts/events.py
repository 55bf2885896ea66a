"""Events of the feed service. Change is additive; a breaking change is a V2 beside V1."""

from typing import ClassVar
from uuid import UUID

from services.feed.contracts.topics import FEED_EVENTS
from shared.envelope import Event


class SubscriptionChangedV1(Event):
    """A subscription began, is delivered or not from now on, or ended. Aggregate: the subscription.

    `status` is unverified, active, cooling, paused_auto, paused_by_tenant, gone or ended; `reason` is a stable code.
    """

    TYPE: ClassVar[str] = "subscription.changed.v1"
    TOPIC: ClassVar[str] = FEED_EVENTS.name
    AGGREGATE: ClassVar[str] = "subscription_id"

    subscription_id: UUID
    way: str
    status: str
    reason: str | None = None


EVENTS = (SubscriptionChangedV1,)
