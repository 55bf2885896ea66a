"""A tenant's administrator says what one of its systems is to hear."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.feed.application.ports import UnitOfWork
from services.feed.domain.errors import (
    KafkaSubscriptionExistsError,
    TenantNotKnownError,
    TooManySubscriptionsError,
)
from services.feed.domain.subscription import (
    Selection,
    Subscription,
    Way,
    first_status,
    require_sound,
)

#: Where member has not told a tenant's quota yet.
USUAL_SUBSCRIPTIONS = 20


@dataclass(frozen=True, slots=True)
class Subscribe:
    """What a new subscription shows, from which position on, and who asked for it."""

    tenant_id: UUID
    subscription_id: UUID
    name: str
    way: Way
    selection: Selection
    asks_for_names: bool
    start_position: int
    by: str


@dataclass(frozen=True, slots=True)
class ChangeSubscription:
    """What is to change; None leaves it as it is."""

    subscription_id: UUID
    name: str | None = None
    selection: Selection | None = None
    asks_for_names: bool | None = None


async def subscribe(work: UnitOfWork, command: Subscribe, now: datetime) -> Subscription:
    """Begin a subscription. Raises FeedError if the tenant may not have it."""
    tenant = await work.tenants.lock(command.tenant_id)
    if tenant is None:
        raise TenantNotKnownError
    require_sound(command.selection, tenant.kind)
    others = await work.subscriptions.of_tenant(command.tenant_id)
    most = await work.tenants.most_subscriptions(command.tenant_id)
    limit = USUAL_SUBSCRIPTIONS if most is None else most
    if len(others) >= limit:
        raise TooManySubscriptionsError(limit)
    if command.way is Way.KAFKA and any(each.way is Way.KAFKA for each in others):
        raise KafkaSubscriptionExistsError
    subscription = Subscription(
        tenant_id=command.tenant_id,
        subscription_id=command.subscription_id,
        name=command.name,
        way=command.way,
        selection=command.selection,
        status=first_status(command.way),
        status_since=now,
        created_at=now,
        created_by=command.by,
        start_position=command.start_position,
        asks_for_names=command.asks_for_names,
    )
    await work.subscriptions.add(subscription)
    return subscription


async def change_subscription(work: UnitOfWork, command: ChangeSubscription) -> Subscription | None:
    """Change what a subscription is called and shows; None if there is none.

    Who asks for names no longer has to agree anew to have them again.
    """
    subscription = await work.subscriptions.lock(command.subscription_id)
    if subscription is None:
        return None
    if command.selection:
        tenant = await work.tenants.lock(subscription.tenant_id)
        if tenant is None:
            raise TenantNotKnownError
        require_sound(command.selection, tenant.kind)
    changed = subscription.changed(command.name, command.selection, command.asks_for_names)
    await work.subscriptions.save(changed)
    if subscription.agreement and not changed.agreement:
        await work.names.forget_unless_agreed(subscription.tenant_id)
    return changed


async def pause_subscription(
    work: UnitOfWork, subscription_id: UUID, now: datetime
) -> Subscription | None:
    """Deliver nothing until it is resumed; None if there is no such subscription."""
    return await _change(work, subscription_id, lambda subscription: subscription.paused(now))


async def end_subscription(work: UnitOfWork, subscription_id: UUID) -> Subscription | None:
    """End a subscription and forget it; None if there is none."""
    subscription = await work.subscriptions.lock(subscription_id)
    if subscription is not None:
        await work.subscriptions.remove(subscription)
        await work.names.forget_unless_agreed(subscription.tenant_id)
    return subscription


async def _change(
    work: UnitOfWork, subscription_id: UUID, change: Callable[[Subscription], Subscription]
) -> Subscription | None:
    subscription = await work.subscriptions.lock(subscription_id)
    if subscription is None:
        return None
    changed = change(subscription)
    await work.subscriptions.save(changed)
    return changed
