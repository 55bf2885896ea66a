"""Kafka's users at topics and groups that are not theirs, and the keys in the cache: on the real ones."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from secrets import token_hex
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from pydantic import SecretStr
from redis.asyncio import Redis

from deploy.local.stack import Stack
from deploy.names import CONSOLE, SERVICES
from deploy.topics import TENANT_FEED, TENANT_PREFIX, Contract, load_contracts
from services.member.adapters.kafka_access import KafkaAccess, user_of
from services.member.bootstrap import connect_broker
from shared.cache import TenantCache
from shared.messaging.connection import connection_options
from shared.settings import Settings
from tests.isolation.figures import tried
from tests.isolation.operations import REPOSITORY
from tests.member.platform import broker_admin, member_settings
from tests.support.kafka import settings_of

REFUSED = (TopicAuthorizationFailedError, UnknownTopicOrPartitionError)
WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class Principal:
    """A user of the broker, and what it may do there."""

    settings: Settings
    reads: frozenset[str]
    writes: frozenset[str]

    @property
    def name(self) -> str:
        return self.settings.kafka_username


@pytest.fixture(scope="module")
def contracts() -> Mapping[str, Contract]:
    return {each.service: each for each in load_contracts(SERVICES)}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def principals(
    brokers: Stack, contracts: Mapping[str, Contract]
) -> AsyncIterator[list[Principal]]:
    """Two tenants' users as onboarding makes them, each with a topic of its own; and every service's."""
    async with connect_broker(member_settings(brokers)) as access:
        tenants = [await _tenant(brokers, access, uuid4()) for _ in range(2)]
        feeds = {TENANT_FEED: frozenset(tenant.name for tenant in tenants)}
        services = [
            Principal(
                settings_of(brokers, service),
                frozenset(contract.reads),
                frozenset(topic.name for topic in contract.topics)
                | feeds.get(service, frozenset()),
            )
            for service, contract in contracts.items()
        ]
        yield [*services, *tenants]


async def _tenant(stack: Stack, access: KafkaAccess, tenant_id: UUID) -> Principal:
    user, password = user_of(tenant_id), token_hex(16)
    await access.allow(tenant_id)
    await access.set_password(tenant_id, password)
    async with broker_admin(stack) as admin:
        topic = {user: {"num_partitions": 1, "replication_factor": 1}}
        await asyncio.to_thread(admin.create_topics, topic)
    changed = {"kafka_username": user, "kafka_password": SecretStr(password)}
    settings = settings_of(stack, "member").model_copy(update=changed)
    return Principal(settings, frozenset({user}), frozenset())


@pytest.fixture(scope="module")
def topics(principals: list[Principal]) -> list[str]:
    return sorted({topic for each in principals for topic in each.reads | each.writes})


async def test_nobody_writes_to_a_topic_that_is_not_its_own(
    principals: list[Principal], topics: list[str]
) -> None:
    for principal in principals:
        producer = AIOKafkaProducer(**connection_options(principal.settings), acks="all")
        async with producer:
            for topic in topics:
                if topic in principal.writes:
                    continue
                with pytest.raises(REFUSED):
                    async with asyncio.timeout(WAIT_SECONDS):
                        await producer.send_and_wait(topic, b"{}", partition=0)
                tried("pairs of a Kafka user and a topic, to be written")


async def test_nobody_reads_a_topic_that_is_not_for_it(
    principals: list[Principal], topics: list[str]
) -> None:
    for principal in principals:
        for topic in topics:
            if topic in principal.reads:
                continue
            with pytest.raises((*REFUSED, TimeoutError)) as refused:
                await _read(principal, topic)
            assert not isinstance(refused.value, TimeoutError), f"{principal.name} waits at {topic}"
            tried("pairs of a Kafka user and a topic, to be read")


async def _read(principal: Principal, topic: str) -> None:
    """What may not even be described is not there for a client: the broker says so in its metadata."""
    consumer = AIOKafkaConsumer(
        topic,
        **connection_options(principal.settings),
        group_id=None,
        auto_offset_reset="earliest",
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await consumer.start()
            if topic in consumer._client.cluster.unauthorized_topics:
                raise TopicAuthorizationFailedError(topic)
            await consumer.getone()
    finally:
        await consumer.stop()


async def test_nobody_joins_a_group_of_others(principals: list[Principal]) -> None:
    names = [each.name for each in principals]
    for principal in principals:
        for other in names:
            if other == principal.name:
                continue
            consumer = AIOKafkaConsumer(
                *sorted(principal.reads),
                **connection_options(principal.settings),
                group_id=f"{other}-",
            )
            with pytest.raises(GroupAuthorizationFailedError):
                async with asyncio.timeout(WAIT_SECONDS):
                    await _join(consumer)
            tried("pairs of a Kafka user and another's group")


async def _join(consumer: AIOKafkaConsumer) -> None:
    try:
        await consumer.start()
        await consumer.getone()
    finally:
        await consumer.stop()


async def test_a_tenants_user_sees_no_other_topic_in_a_list(principals: list[Principal]) -> None:
    for principal in principals:
        consumer = AIOKafkaConsumer(**connection_options(principal.settings), group_id=None)
        async with consumer:
            seen = await consumer.topics()
        if principal.name == TENANT_FEED:  # it sees every tenant's, other tests' too
            seen = {each for each in seen if not each.startswith(TENANT_PREFIX)}
        assert seen <= principal.reads | principal.writes, principal.name
        tried("lists of topics")


async def test_a_key_in_the_cache_begins_with_its_tenant(brokers: Stack) -> None:
    environment = brokers.service_environment("certificate")
    redis = Redis.from_url(environment["REDIS_URL"])
    first, second = uuid4(), uuid4()
    try:
        cache = TenantCache(redis, "isolation")
        await cache.keep(first, "same", b"first", seconds=60)
        assert await cache.get(second, "same") is None
        await cache.drop(second, "same")
        assert await cache.get(first, "same") == b"first"
        counted = [await cache.count(first, ["tries", "more"], by, seconds=60) for by in (0, 1, 1)]
        assert [[number for number, _ in each] for each in counted] == [[0, 0], [1, 1], [2, 2]]
        kept = [seconds for each in counted for _, seconds in each]
        assert all(0 < seconds <= 60 for seconds in kept), "a number is kept for a while"
        assert await cache.count(second, ["tries"], 0, seconds=60) == [(0, 60)]
        async for key in redis.scan_iter():
            owner = key.decode().partition(":")[0]
            if owner == CONSOLE:  # sessions of operators, who have no tenant
                continue
            UUID(owner)
            tried("keys in the cache")
    finally:
        await redis.aclose()


def test_only_the_cache_speaks_to_redis() -> None:
    """So that no key is written without its tenant. The console knows operators only, and keeps its own."""
    users = {
        str(path.relative_to(REPOSITORY))
        for folder in ("shared", "services")
        for path in (REPOSITORY / folder).rglob("*.py")
        if "from redis" in path.read_text() or "import redis" in path.read_text()
    }
    of_the_console = {each for each in users if each.startswith("services/console/")}
    assert users - of_the_console == {"shared/cache.py", "shared/processes/foundation.py"}
