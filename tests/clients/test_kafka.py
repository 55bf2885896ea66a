"""A subscriber on the tenant's own topic of a real broker."""

import asyncio
import json
from contextlib import asynccontextmanager
from secrets import token_hex
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from deploy.clients.programs import LANGUAGES
from services.member.adapters.kafka_access import group_prefix_of, user_of
from services.member.application.outside import BrokerError
from services.member.bootstrap import connect_broker
from shared.messaging.connection import connection_options
from tests.clients.stand_in import outside, stand_in
from tests.clients.stories import known_after, lives, snapshot_of
from tests.member.platform import broker_admin, member_settings
from tests.support.kafka import settings_of
from tests.support.subscribers import Subscriber, following
from tests.support.waiting import until

HISTORY = lives(120)


@pytest.fixture
async def access(brokers):
    """A tenant's own user and topic."""
    tenant_id, password = uuid4(), token_hex(16)
    async with connect_broker(member_settings(brokers)) as broker:
        # A broker that has just started does not know yet what its own users may do.
        await until(lambda: _allowed(broker, tenant_id), bool)
        await broker.set_password(tenant_id, password)
    async with broker_admin(brokers) as admin:
        topic = {user_of(tenant_id): {"num_partitions": 1, "replication_factor": 1}}
        await asyncio.to_thread(admin.create_topics, topic)
    found = {
        "bootstrap_servers": settings_of(brokers, "member").kafka_bootstrap_servers,
        "username": user_of(tenant_id),
        "topic": user_of(tenant_id),
        "group_prefix": group_prefix_of(tenant_id),
    }
    return found, password


async def _allowed(broker, tenant_id):
    try:
        await broker.allow(tenant_id)
    except BrokerError:
        return False
    return True


@asynccontextmanager
async def sending(brokers, topic):
    admin = {"kafka_username": "admin"}
    password = {"kafka_password": SecretStr(brokers.admin_password("kafka"))}
    settings = settings_of(brokers, "member").model_copy(update=admin | password)
    async with AIOKafkaProducer(**connection_options(settings), acks="all") as producer:

        async def send(events):
            for event in events:
                headers = [
                    (f"ce_{name}", str(value).encode())
                    for name, value in event.items()
                    if name != "data"
                ]
                data, key = json.dumps(event["data"]).encode(), event["subject"].encode()
                await producer.send(topic, data, key=key, headers=headers)
            await producer.flush()

        yield send


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_killed_subscriber_goes_on_where_it_was_with_nothing_lost(
    brokers, access, language, tmp_path
):
    found, password = access
    with stand_in() as feed:
        feed.kafka, feed.snapshot = found, snapshot_of(HISTORY[:30])
        settings = {"KAFKA_PASSWORD": password, "KAFKA_PROTOCOL": "SASL_PLAINTEXT"}
        subscriber = Subscriber(
            language, "by_kafka", tmp_path / "state", **outside(feed), **settings
        )
        with following(subscriber):
            async with sending(brokers, found["topic"]) as send:
                for start in range(0, len(HISTORY), 100):
                    await send(HISTORY[start : start + 100])
                    subscriber.start()
                    await until(lambda: _ids(subscriber), lambda seen, n=start: len(seen) > n + 10)  # type: ignore[misc]
                    subscriber.kill()
                subscriber.start()
                await subscriber.knows(known_after(HISTORY))
    assert _events(subscriber.received) == HISTORY


async def _ids(subscriber):
    return {event["id"] for event in subscriber.received}


def _events(received):
    """Each once, in the order of its first coming."""
    return list({event["id"]: event for event in received}.values())
