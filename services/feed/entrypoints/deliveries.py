"""Addresses for what was delivered by webhook, and for having it delivered again."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query

from services.feed.application.manage_endpoint import request_replay
from services.feed.domain.replay import Replay
from services.feed.entrypoints.dependencies import Subscriber, Units
from services.feed.entrypoints.endpoint_bodies import (
    AttemptView,
    DeliveryFilter,
    DeliveryView,
    ReplayBody,
    ReplayView,
)
from services.feed.entrypoints.webhook_dependencies import WebhookQueries, webhook_of
from shared.auth.dependencies import TenantAdmin
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["webhooks"])


@router.get("/deliveries")
async def get_deliveries(
    subscription_id: UUID,
    caller: Subscriber,
    read: WebhookQueries,
    wanted: Annotated[DeliveryFilter, Query()],
) -> list[DeliveryView]:
    """Deliveries of the last 30 days, newest in the log first."""
    async with read([caller.tenant_id]) as queries:
        subscription, _ = await webhook_of(queries, caller, subscription_id)
        found = await queries.deliveries(subscription, wanted.filter(), wanted.limit, wanted.offset)
        return [DeliveryView.shown(row) for row in found]


@router.get("/deliveries/{event_id}")
async def get_attempts(
    subscription_id: UUID, event_id: UUID, caller: Subscriber, read: WebhookQueries
) -> list[AttemptView]:
    """Each attempt to deliver an event, with the start of the answer."""
    async with read([caller.tenant_id]) as queries:
        subscription, _ = await webhook_of(queries, caller, subscription_id)
        found = await queries.attempts(subscription, event_id)
    if not found:
        raise not_found("delivery")
    return [AttemptView.shown(row) for row in found]


@router.post("/replays", status_code=202)
async def post_replay(
    subscription_id: UUID,
    body: ReplayBody,
    caller: TenantAdmin,
    opened: Units,
    read: WebhookQueries,
    key: IdempotencyKey = None,
) -> ReplayView:
    """Have events sent again that were in the log and behind the subscription by now. One replay at a time."""
    now = utc_now()
    async with read([caller.tenant_id]) as queries:
        subscription, _ = await webhook_of(queries, caller, subscription_id)
        upto, count = await queries.wanted(subscription, body.wanted())
    replay = Replay(uuid4(), subscription_id, body.wanted(), upto, count, caller.subject, now)
    async with opened([caller.tenant_id]) as work:

        async def action() -> ReplayView:
            done = await request_replay(work, replay, now)
            if done is None:
                raise not_found("subscription")
            return ReplayView.of(done)

        request = (f"request_replay {subscription_id}", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, ReplayView
        )


@router.get("/replays")
async def get_replays(
    subscription_id: UUID,
    caller: Subscriber,
    read: WebhookQueries,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ReplayView]:
    """Replays, newest first."""
    async with read([caller.tenant_id]) as queries:
        subscription, _ = await webhook_of(queries, caller, subscription_id)
        found = await queries.replays(subscription, limit, offset)
        return [ReplayView.of(each) for each in found]
