"""Subscriptions for tests, and what is in a tenant's log for them."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.domain.selection import EVERY_TYPE
from services.feed.domain.subscription import Selection, Status, Subscription, Way
from shared.clock import utc_now
from shared.processes.foundation import Foundation


async def subscribed(
    feed: Foundation[PostgresUnitOfWork],
    tenant_id: UUID,
    way: Way = Way.KAFKA,
    *,
    types: Collection[str] = (EVERY_TYPE,),
    start: int = 0,
    **other: Any,
) -> Subscription:
    """A subscription of the tenant, active unless said otherwise."""
    now = utc_now()
    subscription = Subscription(
        tenant_id=tenant_id,
        subscription_id=uuid4(),
        name="HR",
        way=way,
        selection=Selection(frozenset(types)),
        status=Status.ACTIVE,
        status_since=now,
        created_at=now,
        created_by="anna",
        start_position=start,
    )
    async with feed.units([tenant_id]) as work:
        await work.subscriptions.add(replace(subscription, **other))
    return replace(subscription, **other)
