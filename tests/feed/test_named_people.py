"""Names of people leave only where the tenant agreed, only with its own events, and go when they are erased."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated, confirmed, described, erased, forgotten, registered

Consumer = BatchConsumer[PostgresUnitOfWork]


@pytest.fixture
async def subscriber(app: FastAPI, consumer: Consumer) -> AsyncIterator[Subscriber]:
    async with client_of(app) as http:
        made = Subscriber(http)
        await consumer.process([activated(made.tenant_id)])
        yield made


async def kept(engine: AsyncEngine, tenant_id: UUID) -> dict[UUID, str | None]:
    async with transaction(engine, [tenant_id]) as connection:
        rows = await connection.execute(text("SELECT person_id, given_name FROM person_name"))
        return {row.person_id: row.given_name for row in rows}


async def replays(engine: AsyncEngine) -> int:
    async with transaction(engine) as connection:
        found = await connection.execute(
            text("SELECT count(*) FROM replay WHERE topic = 'member-people'")
        )
        count: int = found.scalar_one()
        return count


async def people(subscriber: Subscriber) -> list[Any]:
    return [each["data"].get("person") for each in (await subscriber.events())["events"]]


async def agree(subscriber: Subscriber, **wish: Any) -> None:
    await subscriber.subscribe(named_people=True, types=["person.registered.v1"], **wish)
    answer = await subscriber.own("PUT", "/named-people")
    assert answer.status_code == 200, answer.text


async def test_nothing_is_kept_of_a_tenant_that_did_not_agree(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    person_id = uuid4()
    asked = await subscriber.subscribe(named_people=True, types=["person.registered.v1"])
    assert asked.json()["named_people_agreed_at"] is None
    told = [
        described(subscriber.tenant_id, person_id, "Clara"),
        registered(subscriber.tenant_id, person_id),
    ]
    await consumer.process(told)
    assert await kept(engine, subscriber.tenant_id) == {}
    assert await people(subscriber) == [None]


async def test_who_agreed_gets_names_of_what_was_before_too(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    person_id, before = uuid4(), await replays(engine)
    told = described(subscriber.tenant_id, person_id, "Clara")
    await consumer.process([told, registered(subscriber.tenant_id, person_id)])
    await agree(subscriber)
    assert await replays(engine) == before + 1
    await consumer.rebuild([told])
    name = {"given_name": "Clara", "family_name": "Beispiel", "email": "b@example.org"}
    assert await people(subscriber) == [name]
    again = await subscriber.own("PUT", "/named-people")
    assert again.status_code == 200
    assert await replays(engine) == before + 1, "agreed already"


async def test_the_account_and_the_time_are_kept(
    subscriber: Subscriber, engine: AsyncEngine
) -> None:
    await agree(subscriber)
    assert (await subscriber.own("GET")).json()["named_people_agreed_at"]
    async with transaction(engine, [subscriber.tenant_id]) as connection:
        found = await connection.execute(text("SELECT named_people_agreed_by FROM subscription"))
        assert found.scalar_one() == "subscriber"


async def test_others_of_the_tenant_and_other_subscriptions_get_no_name(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    """What a provider hears of another tenant's people stays an id, whoever agreed."""
    person_id, booker = uuid4(), uuid4()
    await agree(subscriber)
    named = subscriber.subscription_id
    await consumer.process(
        [
            described(subscriber.tenant_id, person_id, "Clara"),
            described(booker, person_id, "Fremd"),
            confirmed(booker, subscriber.tenant_id, person_id),
        ]
    )
    await subscriber.subscribe(types=["booking.confirmed.v1"], named_people=True)
    await subscriber.own("PUT", "/named-people")
    [event] = (await subscriber.events())["events"]
    assert (event["view"], event["data"].get("person")) == ("provider", None)
    await consumer.process([registered(subscriber.tenant_id, person_id)])
    await subscriber.subscribe(types=["person.registered.v1"])
    assert await people(subscriber) == [None], "this subscription does not ask for names"
    subscriber.subscription_id = named
    assert (await people(subscriber))[0]["given_name"] == "Clara"


async def test_a_name_goes_with_the_id_and_never_into_the_log(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    person_id = uuid4()
    await agree(subscriber, fields={"person.registered.v1": ["roles"]})
    told = [
        described(subscriber.tenant_id, person_id, "Clara"),
        registered(subscriber.tenant_id, person_id),
    ]
    await consumer.process(told)
    [event] = (await subscriber.events())["events"]
    assert event["data"] == {"roles": ["learner"]}
    async with transaction(engine, [subscriber.tenant_id]) as connection:
        found = await connection.execute(text("SELECT content FROM log"))
        assert all(b"Clara" not in content for content in found.scalars())


async def test_who_is_erased_is_named_no_more_and_no_replay_brings_the_name_back(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    person_id, tenant_id = uuid4(), subscriber.tenant_id
    await agree(subscriber)
    told = described(tenant_id, person_id, "Clara")
    await consumer.process([told, registered(tenant_id, person_id)])
    assert await kept(engine, tenant_id) == {person_id: "Clara"}
    await consumer.process([forgotten(tenant_id, person_id), erased(tenant_id, person_id)])
    assert await kept(engine, tenant_id) == {person_id: None}
    await consumer.rebuild([told])
    assert await kept(engine, tenant_id) == {person_id: None}
    assert await people(subscriber) == [None]


@pytest.mark.parametrize("way", ["withdrawn", "not asked for", "deleted"])
async def test_without_an_agreement_the_names_are_deleted(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine, way: str
) -> None:
    person_id = uuid4()
    await agree(subscriber)
    await consumer.process([described(subscriber.tenant_id, person_id, "Clara")])
    assert await kept(engine, subscriber.tenant_id)
    if way == "withdrawn":
        await subscriber.own("DELETE", "/named-people")
    elif way == "not asked for":
        await subscriber.own("PATCH", body={"named_people": False})
        asked = await subscriber.own("PATCH", body={"named_people": True})
        assert asked.json()["named_people_agreed_at"] is None, "agreed anew, or not at all"
    else:
        await subscriber.own("DELETE")
    assert await kept(engine, subscriber.tenant_id) == {}
    await consumer.process([described(subscriber.tenant_id, person_id, "Clara", 2)])
    assert await kept(engine, subscriber.tenant_id) == {}


async def test_a_name_that_comes_while_an_agreement_is_withdrawn_does_not_stay(
    subscriber: Subscriber,
    foundation: Foundation[PostgresUnitOfWork],
    consumer: Consumer,
    engine: AsyncEngine,
) -> None:
    """The consumer has seen the agreement; the withdrawal waits for it, then deletes what it kept."""
    await agree(subscriber)
    tenant_id = subscriber.tenant_id
    async with foundation.units([tenant_id]) as work:
        assert tenant_id in await work.names.agreed([tenant_id])
        withdrawal = asyncio.create_task(subscriber.own("DELETE", "/named-people"))
        done, _ = await asyncio.wait([withdrawal], timeout=0.2)
        assert not done
    assert (await withdrawal).status_code == 200


@pytest.mark.parametrize(
    ("roles", "status"), [("tenant-admin", 200), ("subscriber", 403), ("hr", 403), ("", 403)]
)
async def test_only_an_administrator_agrees(
    subscriber: Subscriber, roles: str, status: int
) -> None:
    await subscriber.subscribe(named_people=True)
    subscriber.roles = roles
    assert (await subscriber.own("PUT", "/named-people")).status_code == status


async def test_names_are_asked_for_first_and_never_travel_by_kafka(subscriber: Subscriber) -> None:
    await subscriber.subscribe()
    refused = await subscriber.own("PUT", "/named-people")
    assert (refused.status_code, refused.json()["code"]) == (409, "names_not_asked_for")
    kafka = await subscriber.subscribe(way="kafka", named_people=True)
    assert (kafka.status_code, kafka.json()["code"]) == (422, "invalid_subscription")


async def test_nobody_agrees_for_another_tenant(app: FastAPI, subscriber: Subscriber) -> None:
    await subscriber.subscribe(named_people=True)
    stranger = Subscriber(subscriber.http, subscription_id=subscriber.subscription_id)
    for method in ("PUT", "DELETE"):
        assert (await stranger.own(method, "/named-people")).status_code == 404
