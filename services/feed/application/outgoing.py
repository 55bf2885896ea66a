"""From domain to contracts: the only place where this service's own events are made."""

from services.feed.contracts.events import EndpointFailingV1, EndpointPausedV1
from services.feed.domain.endpoint import Endpoint
from services.feed.domain.subscription import Subscription
from shared.envelope import Cause, Outgoing


def endpoint_failing(subscription: Subscription, endpoint: Endpoint) -> Outgoing:
    """Nothing has arrived for a day."""
    return _told(EndpointFailingV1, subscription, endpoint)


def endpoint_paused(subscription: Subscription, endpoint: Endpoint) -> Outgoing:
    """Nothing has arrived for three days."""
    return _told(EndpointPausedV1, subscription, endpoint)


def _told(
    kind: type[EndpointFailingV1] | type[EndpointPausedV1],
    subscription: Subscription,
    endpoint: Endpoint,
) -> Outgoing:
    assert endpoint.failing_since
    assert endpoint.oldest_event_expires_at
    event = kind(
        subscription_id=subscription.subscription_id,
        failing_since=endpoint.failing_since,
        oldest_event_expires_at=endpoint.oldest_event_expires_at,
    )
    name = str(subscription.subscription_id)
    return Outgoing(event, subscription.tenant_id, name, subscription.version, Cause(name))
