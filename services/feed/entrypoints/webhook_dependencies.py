"""How the addresses for webhooks read."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request

from services.feed.adapters.delivery_queries import DeliveryQueries
from services.feed.domain.endpoint import Endpoint
from services.feed.domain.subscription import Subscription, Way
from services.feed.domain.webhook_errors import NotAWebhookError
from shared.auth.dependencies import TenantCaller
from shared.database.reading import Reads
from shared.http.problems import not_found


async def webhook_reads(request: Request) -> Reads[DeliveryQueries]:
    """How this process reads deliveries."""
    return cast("Reads[DeliveryQueries]", request.app.state.webhook_reads)


WebhookQueries = Annotated[Reads[DeliveryQueries], Depends(webhook_reads)]


async def webhook_of(
    queries: DeliveryQueries, caller: TenantCaller, subscription_id: UUID
) -> tuple[Subscription, Endpoint]:
    """A subscription of the caller's and its endpoint. Raises Problem 404, NotAWebhookError."""
    subscription = await queries.subscription(caller.tenant_id, subscription_id)
    if subscription is None:
        raise not_found("subscription")
    if subscription.way is not Way.WEBHOOK:
        raise NotAWebhookError
    endpoint = await queries.endpoint(subscription)
    if endpoint is None:
        raise not_found("endpoint")
    return subscription, endpoint
