"""A tenant's administrator agrees that a subscription names the tenant's people, or agrees no longer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.feed.application.ports import UnitOfWork
from services.feed.domain.subscription import Agreement, Subscription


@dataclass(frozen=True, slots=True)
class AgreeToNames:
    """Who agrees, for which subscription."""

    tenant_id: UUID
    subscription_id: UUID
    by: str


async def agree_to_names(
    work: UnitOfWork, command: AgreeToNames, now: datetime
) -> Subscription | None:
    """Have a subscription name people; None if there is no such subscription. Agreeing twice is as good as once.

    The names are read again from where member tells them, so they come some seconds later.
    Raises NamesNotAskedForError.
    """
    subscription = await work.subscriptions.lock(command.subscription_id)
    if subscription is None:
        return None
    if subscription.agreement:
        return subscription
    is_first = command.tenant_id not in await work.names.agreed({command.tenant_id})
    agreed = subscription.agreeing(Agreement(command.by, now))
    await work.subscriptions.save(agreed)
    if is_first:
        await work.names.ask_again()
    return agreed


async def withdraw_names(
    work: UnitOfWork, tenant_id: UUID, subscription_id: UUID
) -> Subscription | None:
    """Have it name nobody any more, at once; None if there is no such subscription."""
    subscription = await work.subscriptions.lock(subscription_id)
    if subscription is None:
        return None
    withdrawn = subscription.agreeing(None)
    await work.subscriptions.save(withdrawn)
    await work.names.forget_unless_agreed(tenant_id)
    return withdrawn
