"""Events of the feed service. Change is additive; a breaking change is a V2 beside V1."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.feed.contracts.topics import FEED_EVENTS
from shared.envelope import Event


class EndpointFailingV1(Event):
    """Nothing has arrived at a webhook's endpoint for a day. Aggregate: the subscription.

    What could not be delivered is lost from `oldest_event_expires_at` on.
    """

    TYPE: ClassVar[str] = "endpoint.failing.v1"
    TOPIC: ClassVar[str] = FEED_EVENTS.name
    AGGREGATE: ClassVar[str] = "subscription_id"

    subscription_id: UUID
    failing_since: datetime
    oldest_event_expires_at: datetime


class EndpointPausedV1(Event):
    """Nothing has arrived at a webhook's endpoint for three days; its subscription waits to be resumed.

    What could not be delivered is lost from `oldest_event_expires_at` on.
    """

    TYPE: ClassVar[str] = "endpoint.paused.v1"
    TOPIC: ClassVar[str] = FEED_EVENTS.name
    AGGREGATE: ClassVar[str] = "subscription_id"

    subscription_id: UUID
    failing_since: datetime
    oldest_event_expires_at: datetime


EVENTS = (EndpointFailingV1, EndpointPausedV1)
