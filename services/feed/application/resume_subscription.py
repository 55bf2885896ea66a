"""Deliveries go on: those that a tenant resumes, and those to an endpoint that was proved."""

from datetime import datetime
from uuid import UUID

from services.feed.application.webhook_ports import UnitOfWork
from services.feed.domain.subscription import Subscription


async def resume_subscription(
    work: UnitOfWork, subscription_id: UUID, now: datetime
) -> Subscription | None:
    """Deliver again, from where it stopped; None if there is no such subscription."""
    subscription = await work.subscriptions.lock(subscription_id)
    if subscription is None:
        return None
    resumed = subscription.resumed(now)
    await work.subscriptions.save(resumed)
    await begin_anew(work, resumed, now)
    return resumed


async def begin_anew(work: UnitOfWork, subscription: Subscription, now: datetime) -> None:
    """Have what waits sent at once; what went wrong before does not count any more."""
    endpoint = await work.endpoints.get(subscription)
    if endpoint:
        await work.endpoints.put(subscription, endpoint.begun_anew())
        await work.deliveries.begin_anew(subscription, now)
    await work.readings.call(subscription.tenant_id, subscription.subscription_id, now)
