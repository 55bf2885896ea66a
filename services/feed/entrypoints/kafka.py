"""The address where a tenant learns how its systems read its topic."""

from uuid import UUID

from fastapi import APIRouter, Request

from services.feed.adapters.tenant_topics import group_prefix_of, topic_of
from services.feed.domain.errors import NotThatWayError
from services.feed.domain.subscription import Way
from services.feed.entrypoints.dependencies import Reads, Subscriber, subscription_of
from shared.http.fields import View
from shared.messaging.connection import MECHANISM

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["kafka"])


class KafkaView(View):
    """Where the topic is. The password comes from member: `POST /v1/kafka-credentials` there."""

    bootstrap_servers: str
    sasl_mechanism: str
    username: str
    topic: str
    group_prefix: str


@router.get("/kafka")
async def get_kafka(
    subscription_id: UUID, caller: Subscriber, read: Reads, request: Request
) -> KafkaView:
    """How to read your topic: one partition, kept for 30 days, made when its first event is sent."""
    async with read([caller.tenant_id]) as queries:
        subscription = await subscription_of(queries, caller, subscription_id)
    if subscription.way is not Way.KAFKA:
        raise NotThatWayError(subscription.way, Way.KAFKA)
    topic = topic_of(caller.tenant_id)
    return KafkaView(
        bootstrap_servers=request.app.state.kafka_bootstrap_servers,
        sasl_mechanism=MECHANISM,
        username=topic,
        topic=topic,
        group_prefix=group_prefix_of(caller.tenant_id),
    )
