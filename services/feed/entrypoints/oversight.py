"""Addresses for the cooperative's staff: how subscriptions and their deliveries go, and nothing of what is delivered.

What an event says and what an endpoint answered is the tenant's: an operator with an access to it reads that there.
"""

from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.feed.adapters.oversight_queries import OversightQueries, Search
from services.feed.adapters.repositories import subscription_of
from services.feed.domain.subscription import Status, Way
from services.feed.entrypoints.endpoint_bodies import DeliveryFilter, DeliveryView
from services.feed.entrypoints.oversight_bodies import (
    FailingKeyView,
    OverseenAttemptView,
    OverseenView,
)
from shared.auth.dependencies import Operator
from shared.database.reading import Reads
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/operations/subscriptions", tags=["operations"])


async def oversight_reads(request: Request) -> Reads[OversightQueries]:
    """How this process reads across tenants."""
    return cast("Reads[OversightQueries]", request.app.state.oversight_reads)


Oversight = Annotated[Reads[OversightQueries], Depends(oversight_reads)]


@router.get("")
async def get_overseen_subscriptions(
    _caller: Operator,
    read: Oversight,
    tenant_id: UUID | None = None,
    status: Status | None = None,
    way: Way | None = None,
    troubled: Annotated[bool, Query(description="Only what fails, rests, or was given up")] = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[OverseenView]:
    """Every tenant's subscriptions, those that have been failing longest first."""
    search = Search(tenant_id, status, way, troubled)
    async with read(operator=True) as queries:
        rows = await queries.overseen(search, limit, offset)
    return [OverseenView.shown(row) for row in rows]


@router.get("/{subscription_id}")
async def get_overseen_subscription(
    subscription_id: UUID, _caller: Operator, read: Oversight
) -> OverseenView:
    """One subscription."""
    return OverseenView.shown(await _found(read, subscription_id))


@router.get("/{subscription_id}/failing-keys")
async def get_failing_keys(
    subscription_id: UUID,
    _caller: Operator,
    read: Oversight,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[FailingKeyView]:
    """The aggregates whose events wait, the longest waiting first."""
    found = await _found(read, subscription_id)
    async with read(operator=True) as queries:
        rows = await queries.failing_keys(found["tenant_id"], subscription_id, limit, offset)
    return [FailingKeyView.model_validate(dict(row)) for row in rows]


@router.get("/{subscription_id}/deliveries")
async def get_overseen_deliveries(
    subscription_id: UUID,
    _caller: Operator,
    read: Oversight,
    wanted: Annotated[DeliveryFilter, Query()],
) -> list[DeliveryView]:
    """Deliveries of the last 30 days, newest in the log first, without what was sent."""
    found = await _found(read, subscription_id)
    async with read([found["tenant_id"]]) as queries:
        rows = await queries.deliveries(
            subscription_of(found), wanted.filter(), wanted.limit, wanted.offset
        )
    return [DeliveryView.shown(row) for row in rows]


@router.get("/{subscription_id}/deliveries/{event_id}")
async def get_overseen_attempts(
    subscription_id: UUID, event_id: UUID, _caller: Operator, read: Oversight
) -> list[OverseenAttemptView]:
    """Each attempt to deliver an event, without what the endpoint answered."""
    found = await _found(read, subscription_id)
    async with read([found["tenant_id"]]) as queries:
        rows = await queries.attempts(subscription_of(found), event_id)
    if not rows:
        raise not_found("delivery")
    return [OverseenAttemptView.model_validate(dict(row)) for row in rows]


async def _found(read: Reads[OversightQueries], subscription_id: UUID) -> Mapping[str, Any]:
    """A subscription's row. Raises Problem 404."""
    async with read(operator=True) as queries:
        row = await queries.overseen_one(subscription_id)
    if row is None:
        raise not_found("subscription")
    return row
