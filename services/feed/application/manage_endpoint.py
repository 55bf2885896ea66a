"""A tenant's administrator says where events go, proves it, and looks after its secrets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.feed.application.resume_subscription import begin_anew
from services.feed.application.webhook_ports import UnitOfWork, Vault
from services.feed.domain.endpoint import Endpoint
from services.feed.domain.errand import Errand, ErrandKind
from services.feed.domain.replay import Replay
from services.feed.domain.secret import Secret, rotated
from services.feed.domain.subscription import Status, Subscription, Way
from services.feed.domain.webhook_errors import (
    EndpointMissingError,
    NotAWebhookError,
    ReplayRunningError,
    SubscriptionGoneError,
)


@dataclass(frozen=True, slots=True)
class EndpointSet:
    """An endpoint as it is now; `secret` is there when it was made just now, and is shown this once."""

    subscription: Subscription
    endpoint: Endpoint
    secret: str | None = None


async def set_endpoint(
    work: UnitOfWork, vault: Vault, subscription_id: UUID, url: str, now: datetime
) -> EndpointSet | None:
    """Have events go to an address that somebody there has to confirm. None when there is no such subscription.

    The same address again has a new code sent. Raises NotAWebhookError, SubscriptionGoneError.
    """
    subscription = await _lock(work, subscription_id)
    if subscription is None:
        return None
    secret = None
    if not await work.endpoints.secrets(subscription):
        kept, secret = vault.make(subscription.tenant_id, uuid4(), now)
        await work.endpoints.put_secrets(subscription, [kept])
    endpoint = Endpoint(url)
    await work.endpoints.put(subscription, endpoint)
    if subscription.status is not Status.UNVERIFIED:
        subscription = subscription.turned(Status.UNVERIFIED, now, "endpoint_changed")
        await work.subscriptions.save(subscription)
    await _send(work, subscription, ErrandKind.VERIFICATION, now)
    return EndpointSet(subscription, endpoint, secret)


async def verify_endpoint(
    work: UnitOfWork, subscription_id: UUID, code: str, now: datetime
) -> EndpointSet | None:
    """Believe that the address is the tenant's, and begin to deliver. None when there is none.

    Raises CodeWrongError, NotAWebhookError, SubscriptionGoneError.
    """
    subscription = await _lock(work, subscription_id)
    endpoint = await work.endpoints.get(subscription) if subscription else None
    if subscription is None or endpoint is None:
        return None
    endpoint = endpoint.verified(code, now)
    await work.endpoints.put(subscription, endpoint)
    if subscription.status is Status.UNVERIFIED:
        subscription = subscription.turned(Status.ACTIVE, now)
        await work.subscriptions.save(subscription)
    await begin_anew(work, subscription, now)
    return EndpointSet(subscription, endpoint)


async def rotate_secret(
    work: UnitOfWork, vault: Vault, subscription_id: UUID, overlap: timedelta, now: datetime
) -> tuple[Secret, str] | None:
    """A new secret beside the others, which sign on for the overlap. None when there is no such subscription.

    Raises TooManySecretsError, NotAWebhookError, SubscriptionGoneError.
    """
    subscription = await _lock(work, subscription_id)
    if subscription is None:
        return None
    kept, secret = vault.make(subscription.tenant_id, uuid4(), now)
    running = await work.endpoints.secrets(subscription)
    await work.endpoints.put_secrets(subscription, rotated(running, kept, overlap, now))
    return kept, secret


async def request_test(work: UnitOfWork, subscription_id: UUID, now: datetime) -> Errand | None:
    """Have a test event sent. None when there is no such subscription. Raises EndpointMissingError and others."""
    subscription = await _lock(work, subscription_id)
    if subscription is None:
        return None
    await _require_verified(work, subscription)
    return await _send(work, subscription, ErrandKind.TEST, now)


async def request_replay(work: UnitOfWork, replay: Replay, now: datetime) -> Replay | None:
    """Have events sent again. None when there is no such subscription.

    Raises ReplayRunningError, EndpointMissingError, NotAWebhookError, SubscriptionGoneError.
    """
    subscription = await _lock(work, replay.subscription_id)
    if subscription is None:
        return None
    await _require_verified(work, subscription)
    if not await work.deliveries.add_replay(subscription, replay):
        raise ReplayRunningError
    await work.readings.call(subscription.tenant_id, subscription.subscription_id, now)
    return replay


async def _lock(work: UnitOfWork, subscription_id: UUID) -> Subscription | None:
    subscription = await work.subscriptions.lock(subscription_id)
    if subscription and subscription.way is not Way.WEBHOOK:
        raise NotAWebhookError
    if subscription and subscription.status is Status.GONE:
        raise SubscriptionGoneError
    return subscription


async def _require_verified(work: UnitOfWork, subscription: Subscription) -> None:
    endpoint = await work.endpoints.get(subscription)
    if endpoint is None or endpoint.verified_at is None:
        raise EndpointMissingError


async def _send(
    work: UnitOfWork, subscription: Subscription, kind: ErrandKind, now: datetime
) -> Errand:
    errand = Errand(subscription.tenant_id, subscription.subscription_id, uuid4(), kind, now)
    await work.errands.put(errand)
    return errand
