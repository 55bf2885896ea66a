"""A subscriber that fetches: everything once, in order, from any point that is kept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated, requested

Consumer = BatchConsumer[PostgresUnitOfWork]


@pytest.fixture
async def subscriber(app: FastAPI, consumer: Consumer) -> AsyncIterator[Subscriber]:
    """A tenant whose log has its activation, and nothing else."""
    async with client_of(app) as http:
        made = Subscriber(http)
        await consumer.process([activated(made.tenant_id)])
        yield made


async def book(consumer: Consumer, tenant_id: UUID, count: int) -> list[str]:
    """That many bookings; the ids of their events."""
    records = [requested(tenant_id) for _ in range(count)]
    await consumer.process(records)
    return [dict(each.headers)["ce_id"].decode() for each in records]


async def change(engine: AsyncEngine, tenant_id: UUID, statement: str) -> None:
    async with transaction(engine, [tenant_id], operator=True) as connection:
        await connection.execute(text(statement), {"tenant": tenant_id})


async def test_everything_comes_once_and_in_order_page_by_page(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    sent = await book(consumer, subscriber.tenant_id, 25)
    await subscriber.subscribe(types=["booking.requested.v1"])
    got, page = [], await subscriber.events(limit=10)
    got += [each["id"] for each in page["events"]]
    assert page["more"] is True
    while page["more"]:
        page = await subscriber.events(page["cursor"], limit=10)
        got += [each["id"] for each in page["events"]]
    assert got == sent
    again = await subscriber.events(page["cursor"])
    assert (again["events"], again["more"]) == ([], False)
    later = await book(consumer, subscriber.tenant_id, 1)
    assert [each["id"] for each in (await subscriber.events(again["cursor"]))["events"]] == later


async def test_a_subscription_begins_where_it_was_asked_to(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    await book(consumer, subscriber.tenant_id, 2)
    between = utc_now()
    second = await book(consumer, subscriber.tenant_id, 2)
    for start, count in (("oldest", 5), (between.isoformat(), 2), ("now", 0)):
        await subscriber.subscribe(start=start)
        assert len((await subscriber.events())["events"]) == count, start
    for place, count in (("oldest", 5), (between.isoformat(), 2), ("now", 0)):
        cursor = (await subscriber.own("GET", "/cursor", at=place)).json()["cursor"]
        page = await subscriber.events(cursor)
        assert len(page["events"]) == count, place
    await subscriber.subscribe(start=between.isoformat())
    assert [each["id"] for each in (await subscriber.events())["events"]] == second


async def test_only_the_fields_that_were_asked_for_are_shown(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    await book(consumer, subscriber.tenant_id, 1)
    fields = {"booking.requested.v1": ["booking_id", "offer_kind"]}
    await subscriber.subscribe(types=["booking.requested.v1"], fields=fields)
    [event] = (await subscriber.events())["events"]
    assert set(event["data"]) == {"booking_id", "offer_kind"}


async def test_a_cursor_too_old_is_told_where_to_go_on(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    await book(consumer, subscriber.tenant_id, 9)
    await subscriber.subscribe()
    old = (await subscriber.events(limit=1))["cursor"]
    await change(
        engine,
        subscriber.tenant_id,
        "UPDATE tenant_feed SET oldest_position = 6 WHERE tenant_id = :tenant",
    )
    for query in ({"after": old}, {}):
        answer = await subscriber.own("GET", "/events", **query)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (410, "cursor_expired")
        assert problem["snapshot"] == f"/v1/subscriptions/{subscriber.subscription_id}/snapshot"
        assert problem["oldest_time"]
        page = await subscriber.events(problem["oldest_cursor"])
        assert len(page["events"]) == 5  # 6 to 10


async def test_a_cursor_of_another_filter_is_told_the_same_place(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    await book(consumer, subscriber.tenant_id, 3)
    await subscriber.subscribe()
    cursor = (await subscriber.events(limit=2))["cursor"]
    patched = await subscriber.own("PATCH", "", {"types": ["booking.requested.v1"]})
    assert patched.json()["types"] == ["booking.requested.v1"]
    answer = await subscriber.own("GET", "/events", after=cursor)
    assert (answer.status_code, answer.json()["code"]) == (409, "cursor_of_another_filter")
    assert len((await subscriber.events(answer.json()["cursor"]))["events"]) == 2
    renamed = await subscriber.own("PATCH", "", {"name": "HR", "named_people": True})
    assert renamed.json()["name"] == "HR"
    assert len((await subscriber.events(answer.json()["cursor"]))["events"]) == 2


async def test_a_forged_or_foreign_cursor_leads_nowhere(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    await book(consumer, subscriber.tenant_id, 1)
    await subscriber.subscribe()
    good = (await subscriber.events())["cursor"]
    first = subscriber.subscription_id
    flipped = ("A" if good[4] != "A" else "B").join((good[:4], good[5:]))
    for forged in ("v1.1.1.x", "x", "ä", flipped, good[:-3], "A" * 200, good + "AAAA"):
        answer = await subscriber.own("GET", "/events", after=forged)
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), forged
    await subscriber.subscribe()
    answer = await subscriber.own("GET", "/events", after=good)
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
    subscriber.subscription_id = first
    assert (await subscriber.events(good))["events"] == []


async def test_another_tenants_subscription_is_not_there(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    await subscriber.subscribe()
    stranger = Subscriber(subscriber.http, subscription_id=subscriber.subscription_id)
    await consumer.process([activated(stranger.tenant_id)])
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/pause"),
        ("GET", "/events"),
    ):
        body: object = {} if method == "PATCH" else None
        assert (await stranger.own(method, path, body)).status_code == 404, (method, path)


async def test_a_system_reads_and_manages_nothing(subscriber: Subscriber) -> None:
    await subscriber.subscribe()
    system = Subscriber(
        subscriber.http, subscriber.tenant_id, "machine,subscriber", subscriber.subscription_id
    )
    assert (await system.own("GET", "/events")).status_code == 200
    assert (await system.own("DELETE")).json()["code"] == "role_missing"
    other = Subscriber(subscriber.http, subscriber.tenant_id, "machine,reporting")
    assert (await other.ask("GET", "/v1/subscriptions")).json()["code"] == "role_missing"


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"types": ["person.described.v1"]}, 422, "event_type_unknown"),
        ({"types": ["*", "booking.requested.v1"]}, 422, "invalid_subscription"),
        ({"types": []}, 422, "invalid_request"),
        (
            {"types": ["booking.requested.v1"], "fields": {"voucher.reserved.v1": []}},
            422,
            "invalid_subscription",
        ),
        ({"way": "pigeon"}, 422, "invalid_request"),
        ({"start": "yesterday"}, 422, "invalid_request"),
        ({"start": "0001-01-01T00:00:00Z"}, 422, "invalid_request"),
        ({"name": "\x00"}, 422, "invalid_request"),
        ({"typos": 1}, 422, "invalid_request"),
    ],
)
async def test_a_wrong_wish_is_told_what_is_wrong(
    subscriber: Subscriber, wish: dict[str, object], status: int, code: str
) -> None:
    answer = await subscriber.subscribe(**wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_quota_of_subscriptions_holds_for_two_at_once(
    subscriber: Subscriber, engine: AsyncEngine
) -> None:
    await change(
        engine,
        subscriber.tenant_id,
        "UPDATE tenant_feed SET subscriptions = 1 WHERE tenant_id = :tenant",
    )
    assert (await subscriber.subscribe()).status_code == 201
    answer = await subscriber.subscribe()
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_subscriptions")
    assert (await subscriber.own("DELETE")).status_code == 204
    assert (await subscriber.subscribe(way="kafka")).status_code == 201


async def test_who_is_not_known_cannot_subscribe(app: FastAPI) -> None:
    async with client_of(app) as http:
        answer = await Subscriber(http).subscribe()
        assert (answer.status_code, answer.json()["code"]) == (403, "tenant_unknown")


async def test_a_tenant_has_one_subscription_over_kafka(subscriber: Subscriber) -> None:
    assert (await subscriber.subscribe(way="kafka")).status_code == 201
    assert (await subscriber.own("POST", "/pause")).json()["status"] == "paused_by_tenant"
    assert (await subscriber.own("POST", "/pause")).json()["code"] == "not_that_status"
    assert (await subscriber.own("POST", "/resumption")).json()["status"] == "active"
    answer = await subscriber.subscribe(way="kafka")
    assert answer.json()["code"] == "kafka_subscription_exists"


async def test_what_the_quota_holds_back_comes_tomorrow(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    await subscriber.subscribe()
    await change(
        engine,
        subscriber.tenant_id,
        "UPDATE tenant_feed SET events_per_day = 3 WHERE tenant_id = :tenant",
    )
    await book(consumer, subscriber.tenant_id, 5)
    page = await subscriber.events()
    assert (len(page["events"]), page["more"]) == (3, False)
    await change(
        engine,
        subscriber.tenant_id,
        "UPDATE tenant_feed SET day = day - 1 WHERE tenant_id = :tenant",
    )
    assert len((await subscriber.events(page["cursor"]))["events"]) == 3


async def test_a_time_far_away_is_an_end_of_the_log(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    await subscriber.subscribe()
    for at, count in (
        ("1990-01-01T00:00:00Z", 1),
        ((utc_now() + timedelta(days=9)).isoformat(), 0),
    ):
        cursor = (await subscriber.own("GET", "/cursor", at=at)).json()["cursor"]
        assert len((await subscriber.events(cursor))["events"]) == count
    assert (
        await Subscriber(subscriber.http, subscriber.tenant_id, subscription_id=str(uuid4())).own(
            "GET", "/cursor", at="now"
        )
    ).status_code == 404
