"""Addresses for what a tenant's systems hear."""

from uuid import UUID, uuid4

from fastapi import APIRouter

from services.feed.application.read_log import find_position
from services.feed.application.resume_subscription import resume_subscription
from services.feed.application.subscribe import (
    ChangeSubscription,
    Subscribe,
    change_subscription,
    end_subscription,
    pause_subscription,
    subscribe,
)
from services.feed.domain.subscription import Subscription
from services.feed.entrypoints.bodies import SubscriptionBody, SubscriptionPatch, SubscriptionView
from services.feed.entrypoints.dependencies import Reads, Subscriber, Units, subscription_of
from shared.auth.dependencies import TenantAdmin
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem, not_found

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])


@router.post("", status_code=201)
async def post_subscription(
    body: SubscriptionBody,
    caller: TenantAdmin,
    opened: Units,
    read: Reads,
    key: IdempotencyKey = None,
) -> SubscriptionView:
    """Subscribe one of your systems. A webhook is verified next: PUT …/endpoint."""
    async with read([caller.tenant_id]) as queries:
        start = await find_position(queries, caller.tenant_id, body.start)
    command = Subscribe(
        tenant_id=caller.tenant_id,
        subscription_id=uuid4(),
        name=body.name,
        way=body.way,
        selection=body.selection(),
        asks_for_names=body.named_people,
        start_position=start,
        by=caller.subject,
    )
    async with opened([caller.tenant_id]) as work:

        async def action() -> SubscriptionView:
            return SubscriptionView.shown(await subscribe(work, command, utc_now()))

        request = ("subscribe", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, SubscriptionView
        )


@router.get("")
async def get_subscriptions(
    caller: Subscriber, read: Reads, limit: Limit = 50, offset: Offset = 0
) -> list[SubscriptionView]:
    """Your subscriptions, newest first."""
    async with read([caller.tenant_id]) as queries:
        found = await queries.subscriptions(caller.tenant_id, limit, offset)
        return [SubscriptionView.shown(each) for each in found]


@router.get("/{subscription_id}")
async def get_subscription(
    subscription_id: UUID, caller: Subscriber, read: Reads
) -> SubscriptionView:
    """One subscription."""
    async with read([caller.tenant_id]) as queries:
        return SubscriptionView.shown(await subscription_of(queries, caller, subscription_id))


@router.patch("/{subscription_id}")
async def patch_subscription(
    subscription_id: UUID, body: SubscriptionPatch, caller: TenantAdmin, opened: Units
) -> SubscriptionView:
    """Change what it is called and shows. Other types or fields: cursors handed out before say 409, once."""
    if body.fields is not None and body.types is None:
        raise Problem(
            422, "invalid_subscription", "Send types with fields: they are replaced together."
        )
    command = ChangeSubscription(subscription_id, body.name, body.selection(), body.named_people)
    async with opened([caller.tenant_id]) as work:
        return _view(await change_subscription(work, command))


@router.delete("/{subscription_id}", status_code=204)
async def delete_subscription(subscription_id: UUID, caller: TenantAdmin, opened: Units) -> None:
    """End it. Nothing is delivered any more, and its cursors are refused."""
    async with opened([caller.tenant_id]) as work:
        if await end_subscription(work, subscription_id) is None:
            raise not_found("subscription")


@router.post("/{subscription_id}/pause")
async def post_pause(subscription_id: UUID, caller: TenantAdmin, opened: Units) -> SubscriptionView:
    """Deliver nothing for a while. What happens meanwhile waits, for as long as the log keeps it."""
    async with opened([caller.tenant_id]) as work:
        return _view(await pause_subscription(work, subscription_id, utc_now()))


@router.post("/{subscription_id}/resumption")
async def post_resumption(
    subscription_id: UUID, caller: TenantAdmin, opened: Units
) -> SubscriptionView:
    """Deliver again, from where it stopped."""
    async with opened([caller.tenant_id]) as work:
        return _view(await resume_subscription(work, subscription_id, utc_now()))


def _view(subscription: Subscription | None) -> SubscriptionView:
    if subscription is None:
        raise not_found("subscription")
    return SubscriptionView.shown(subscription)
