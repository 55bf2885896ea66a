"""Tenants' topics on real Kafka: made when needed, written in order, and what is in doubt sent anew."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import orjson
import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from pydantic import SecretStr

from deploy.local.stack import Stack
from services.feed.adapters import tenant_topics as module
from services.feed.adapters.tenant_topics import RETENTION_MILLISECONDS, TenantTopics, topic_of
from services.feed.application.kafka_ports import TopicMissingError, TopicUnavailableError
from services.feed.domain.selection import EVERY_TYPE
from services.feed.domain.subscription import Selection
from tests.feed.topics import attribute, delete_topic, id_of, records_of, rights_are_known
from tests.member.platform import broker_admin
from tests.support.kafka import settings_of
from tests.support.waiting import until

ALL = Selection(frozenset({EVERY_TYPE}))


class Permission:
    """Whether the worker may send, at the moment."""

    given = True

    def __call__(self) -> bool:
        return self.given


@pytest.fixture
def permission() -> Permission:
    return Permission()


@pytest.fixture
async def topics(brokers: Stack, permission: Permission) -> AsyncIterator[TenantTopics]:
    await rights_are_known(brokers)
    each = TenantTopics(settings_of(brokers, "feed"))
    async with each.running(permission):
        yield each


def contents(count: int, *, padding: int = 0) -> Sequence[bytes]:
    return [
        orjson.dumps(
            {
                "specversion": "1.0",
                "id": str(number),
                "source": "/catalogue",
                "type": "booking.confirmed.v1",
                "subject": f"booking-{number % 3}",
                "datacontenttype": "application/json",
                "sequence": f"{number:020d}",
                "view": "own",
                "data": {"booking_id": number % 3, "offer_id": "o", "padding": "x" * padding},
            }
        )
        for number in range(count)
    ]


async def test_a_topic_is_made_once_with_one_partition_for_thirty_days(
    topics: TenantTopics, brokers: Stack
):
    tenant_id = uuid4()

    assert await topics.create(tenant_id)
    assert not await topics.create(tenant_id)

    name = topic_of(tenant_id)
    async with broker_admin(brokers) as admin:
        [topic] = await asyncio.to_thread(admin.describe_topics, [name])
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        [configs] = (await asyncio.to_thread(admin.describe_configs, [resource])).values()
    assert len(topic["partitions"]) == 1
    assert str(configs[name]["retention.ms"]["value"]) == str(RETENTION_MILLISECONDS)


async def test_events_arrive_in_order_in_binary_mode_whatever_their_size(
    topics: TenantTopics, brokers: Stack
):
    tenant_id = uuid4()
    await topics.create(tenant_id)
    await topics.send(tenant_id, contents(20, padding=200_000), ALL)

    records = await records_of(brokers, tenant_id)

    assert [id_of(each) for each in records] == [str(number) for number in range(20)]
    first = records[0]
    assert first.key == b"booking-0"
    assert orjson.loads(first.value)["offer_id"] == "o"
    assert attribute(first, "content-type") == "application/json"
    assert attribute(first, "ce_sequence") == "0" * 20
    assert attribute(first, "ce_type") == "booking.confirmed.v1"
    assert {name for name, _ in first.headers}.isdisjoint({"ce_data", "ce_datacontenttype"})


async def test_only_the_fields_that_are_wanted_are_sent(topics: TenantTopics, brokers: Stack):
    tenant_id = uuid4()
    await topics.create(tenant_id)
    some = Selection(frozenset({EVERY_TYPE}), {"booking.confirmed.v1": ["booking_id"]})
    await topics.send(tenant_id, contents(1), some)

    [record] = await records_of(brokers, tenant_id)
    assert orjson.loads(record.value) == {"booking_id": 0}


async def test_a_missing_topic_is_said_to_be_missing_and_holds_nobody_up(
    topics: TenantTopics, brokers: Stack
):
    tenant_id, other = uuid4(), uuid4()
    await topics.create(other)

    with pytest.raises(TopicMissingError):
        await topics.send(tenant_id, contents(1), ALL)
    await topics.send(other, contents(1), ALL)

    assert len(await records_of(brokers, other)) == 1


async def test_a_topic_deleted_meanwhile_is_noticed_and_can_be_filled_anew(
    topics: TenantTopics, brokers: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "SEND_SECONDS", 1.0)
    tenant_id, other = uuid4(), uuid4()
    await topics.create(tenant_id)
    await topics.create(other)
    await topics.send(tenant_id, contents(3), ALL)
    await delete_topic(brokers, tenant_id)
    await until(lambda: records_of(brokers, tenant_id), lambda records: not records)

    async def is_missing() -> bool:
        try:
            await topics.send(tenant_id, contents(3), ALL)
        except TopicUnavailableError:
            return False
        except TopicMissingError:
            return True
        raise AssertionError("there is no topic to take this")

    await until(is_missing, bool)
    await topics.send(other, contents(2), ALL)
    assert await topics.create(tenant_id)
    await topics.send(tenant_id, contents(5), ALL)

    assert [id_of(each) for each in await records_of(brokers, tenant_id)] == list("01234")
    assert len(await records_of(brokers, other)) == 2


async def test_without_permission_nothing_is_sent(
    topics: TenantTopics, brokers: Stack, permission: Permission
):
    tenant_id = uuid4()
    await topics.create(tenant_id)
    permission.given = False
    with pytest.raises(TopicUnavailableError):
        await topics.send(tenant_id, contents(2), ALL)
    assert await records_of(brokers, tenant_id) == []

    permission.given = True
    await topics.send(tenant_id, contents(2), ALL)
    assert len(await records_of(brokers, tenant_id)) == 2


async def test_many_tenants_are_sent_to_at_once(topics: TenantTopics, brokers: Stack):
    tenants = [uuid4() for _ in range(20)]

    async def fill(tenant_id: UUID) -> None:
        await topics.create(tenant_id)
        for _ in range(5):
            await topics.send(tenant_id, contents(10), ALL)

    await asyncio.gather(*map(fill, tenants))

    for tenant_id in tenants[:5]:
        ids = [id_of(each) for each in await records_of(brokers, tenant_id)]
        assert ids == [str(number) for number in range(10)] * 5


async def test_a_broker_that_is_down_is_said_to_be(brokers: Stack):
    nowhere = settings_of(brokers, "feed").model_copy(
        update={"kafka_bootstrap_servers": "127.0.0.1:1"}
    )
    topics = TenantTopics(nowhere)
    async with topics.running(Permission()):
        with pytest.raises(TopicUnavailableError):
            await topics.send(uuid4(), contents(1), ALL)
        with pytest.raises(TopicUnavailableError):
            await topics.create(uuid4())


async def test_a_user_without_the_right_makes_no_topic(brokers: Stack):
    stranger = settings_of(brokers, "voucher")
    assert isinstance(stranger.kafka_password, SecretStr)
    topics = TenantTopics(stranger)
    async with topics.running(Permission()):
        with pytest.raises(TopicUnavailableError):
            await topics.create(uuid4())
