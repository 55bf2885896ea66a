"""From domain to contracts: the only place where this service's own events are made."""

from services.feed.contracts.events import SubscriptionChangedV1
from services.feed.domain.subscription import Subscription
from shared.envelope import Cause, Outgoing

ENDED = "ended"


def subscription_changed(subscription: Subscription, traceparent: str | None = None) -> Outgoing:
    """A subscription is in its present status."""
    return _told(subscription, subscription.status, subscription.version, traceparent)


def subscription_ended(subscription: Subscription, traceparent: str | None = None) -> Outgoing:
    """A subscription is no more."""
    return _told(subscription, ENDED, subscription.version + 1, traceparent)


def _told(
    subscription: Subscription, status: str, version: int, traceparent: str | None
) -> Outgoing:
    event = SubscriptionChangedV1(
        subscription_id=subscription.subscription_id,
        way=subscription.way,
        status=status,
        reason=subscription.status_reason,
    )
    name = str(subscription.subscription_id)
    return Outgoing(
        event, subscription.tenant_id, name, version, Cause(name, traceparent=traceparent)
    )
