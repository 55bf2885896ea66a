"""A late comer gets what is so, as far as it may see it, and the cursor from which the changes follow."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters import snapshot_reader
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application import fold_state as folding
from services.feed.application.fold_state import fold_state
from services.feed.entrypoints import snapshot as module
from services.feed.entrypoints.snapshot import SnapshotResponse
from services.member.contracts.events import PersonErasedV1, PersonRegisteredV1
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated, cancelled, record, requested

Feed = Foundation[PostgresUnitOfWork]
Consumer = BatchConsumer[PostgresUnitOfWork]
Things = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(autouse=True)
async def nothing_else_behind(engine: AsyncEngine) -> None:
    async with transaction(engine, operator=True) as connection:
        await connection.execute(
            text(
                "INSERT INTO state_position SELECT tenant_id, position FROM tenant_feed"
                " ON CONFLICT (tenant_id) DO UPDATE SET position = EXCLUDED.position"
            )
        )
        owners = (await connection.execute(text("SELECT tenant_id FROM shared_thing"))).scalars()
        others = set(owners)
    async with transaction(engine, others) as connection:
        await connection.execute(text("DELETE FROM shared_thing"))


@pytest.fixture
async def subscriber(app: FastAPI, consumer: Consumer) -> AsyncIterator[Subscriber]:
    """A tenant whose log has its activation, and nothing else."""
    async with client_of(app) as http:
        made = Subscriber(http)
        await consumer.process([activated(made.tenant_id)])
        yield made


async def fold_all(feed: Feed) -> None:
    while await fold_state(feed.units):
        pass


async def snapshot_of(subscriber: Subscriber) -> tuple[list[dict[str, Any]], str]:
    answer = await subscriber.own("GET", "/snapshot")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    *lines, last = map(orjson.loads, answer.content.splitlines())
    assert last["items"] == len(lines)
    return lines, last["cursor"]


async def follow(subscriber: Subscriber, things: Things, cursor: str | None = None) -> Things:
    """What a subscriber knows that keeps to the documents: doubles by sequence, erased is gone."""
    page: dict[str, Any] = {"more": True, "cursor": cursor}
    while page["more"]:
        page = await subscriber.events(page["cursor"], limit=7)
        for event in page["events"]:
            thing = event["source"], event["subject"]
            if event["type"] == "person.erased.v1":
                things.pop(thing, None)
                continue
            known = things.setdefault(thing, {"data": {}, "sequence": ""})
            assert event["sequence"] > known["sequence"], "no gap, no double"
            known["data"] = known["data"] | event["data"]
            known |= {name: event[name] for name in ("type", "sequence", "time", "view")}
    return things


def by_thing(lines: list[dict[str, Any]]) -> Things:
    return {(each.pop("source"), each.pop("subject")): each for each in lines}


class Life:
    """Random things that happen to a tenant."""

    def __init__(self, consumer: Consumer, tenant_id: UUID, seed: int) -> None:
        self._consumer, self._tenant_id = consumer, tenant_id
        self._dice = random.Random(seed)
        self._people: dict[UUID, int] = {}
        self._bookings: dict[UUID, int] = {}

    async def goes_on(self, events: int) -> None:
        await self._consumer.process([self._happens() for _ in range(events)])

    def _happens(self) -> Any:
        kind = self._dice.choice(["register", "again", "erase", "book", "book", "cancel"])
        if kind in {"again", "erase"} and self._people:
            person_id = self._dice.choice(list(self._people))
            self._people[person_id] += 1
            if kind == "again":
                return self._registered(person_id)
            event = PersonErasedV1(person_id=person_id)
            return record(event, self._tenant_id, person_id, self._people.pop(person_id))
        if kind == "cancel" and self._bookings:
            booking_id = self._dice.choice(list(self._bookings))
            self._bookings[booking_id] += 1
            return cancelled(self._tenant_id, booking_id, self._bookings[booking_id])
        if kind == "book":
            booking_id = uuid4()
            self._bookings[booking_id] = 1
            return requested(self._tenant_id, booking_id)
        person_id = uuid4()
        self._people[person_id] = 1
        return self._registered(person_id)

    def _registered(self, person_id: UUID) -> Any:
        roles = tuple(self._dice.sample(["learner", "hr", "leader"], 2))
        event = PersonRegisteredV1(person_id=person_id, roles=roles)
        return record(event, self._tenant_id, person_id, self._people[person_id])


PEOPLE = ["person.registered.v1", "person.erased.v1"]
SOME_FIELDS = {"booking.requested.v1": ["booking_id", "offer_kind"]}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "wish",
    [
        {"types": ["*"]},
        {"types": PEOPLE},
        {"types": [*PEOPLE, "booking.requested.v1"], "fields": SOME_FIELDS},
    ],
    ids=["all", "people", "some-fields"],
)
async def test_a_late_comer_ends_with_the_same_as_who_followed_from_the_start(
    subscriber: Subscriber, consumer: Consumer, foundation: Feed, wish: dict[str, Any], seed: int
) -> None:
    life = Life(consumer, subscriber.tenant_id, seed)
    await subscriber.subscribe(**wish)
    await life.goes_on(40)
    await fold_all(foundation)
    await life.goes_on(20)  # the state is behind now
    lines, cursor = await snapshot_of(subscriber)
    await life.goes_on(30)

    late = await follow(subscriber, by_thing(lines), cursor)
    early = await follow(subscriber, {})

    assert late == early
    assert early


async def test_a_snapshot_has_all_that_was_told_before_it_was_asked_for(
    subscriber: Subscriber, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a webhook that begins now nothing is sent of what was told before, however far the state is behind."""
    monkeypatch.setattr(folding, "EVENTS_AT_ONCE", 7)
    await subscriber.subscribe()
    await Life(consumer, subscriber.tenant_id, 4).goes_on(60)
    lines, cursor = await snapshot_of(subscriber)
    assert by_thing(lines) == await follow(subscriber, {})
    assert (await subscriber.events(cursor))["events"] == []


async def test_a_snapshot_is_of_one_moment_while_the_state_goes_on(
    subscriber: Subscriber,
    consumer: Consumer,
    foundation: Feed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages that were read after a change would show it, and the cursor would bring it once more."""
    monkeypatch.setattr(snapshot_reader, "PAGE", 5)
    life = Life(consumer, subscriber.tenant_id, 9)
    await subscriber.subscribe()
    await life.goes_on(50)
    await fold_all(foundation)
    read = snapshot_reader.SnapshotReader.states

    async def meanwhile(self: Any, tenant_id: UUID) -> Any:
        async for page in read(self, tenant_id):
            yield page
            await life.goes_on(5)
            await fold_all(foundation)

    monkeypatch.setattr(snapshot_reader.SnapshotReader, "states", meanwhile)
    lines, cursor = await snapshot_of(subscriber)

    assert await follow(subscriber, by_thing(lines), cursor) == await follow(subscriber, {})


async def test_names_are_there_only_for_who_may_have_them(
    subscriber: Subscriber, consumer: Consumer, foundation: Feed, engine: AsyncEngine
) -> None:
    person_id = uuid4()
    event = PersonRegisteredV1(person_id=person_id, roles=("learner",))
    await consumer.process([record(event, subscriber.tenant_id, person_id)])
    await fold_all(foundation)

    async def name_is_known() -> None:
        statement = text(
            "INSERT INTO person_name VALUES (:tenant, :person, 'Clara', 'Ott', 'c@example.org', 1)"
            " ON CONFLICT DO NOTHING"
        )
        values = {"tenant": subscriber.tenant_id, "person": person_id}
        async with transaction(engine, [subscriber.tenant_id]) as connection:
            await connection.execute(statement, values)

    await subscriber.subscribe(types=PEOPLE)
    await name_is_known()
    [line], _ = await snapshot_of(subscriber)
    assert "person" not in line["data"]

    await subscriber.subscribe(types=PEOPLE, named_people=True)
    agreed = await subscriber.own("PUT", "/named-people")
    assert agreed.is_success, agreed.text
    await name_is_known()
    [line], _ = await snapshot_of(subscriber)
    assert line["data"]["person"]["given_name"] == "Clara"


async def test_the_snapshot_of_nothing_is_a_cursor(subscriber: Subscriber) -> None:
    await subscriber.subscribe(types=["credential.issued.v1"])
    lines, cursor = await snapshot_of(subscriber)

    assert lines == []
    assert (await subscriber.events(cursor))["events"] == []


async def test_anothers_snapshot_is_not_there(subscriber: Subscriber, consumer: Consumer) -> None:
    await subscriber.subscribe()
    stranger = Subscriber(subscriber.http, subscription_id=subscriber.subscription_id)
    await consumer.process([activated(stranger.tenant_id)])

    assert (await stranger.own("GET", "/snapshot")).status_code == 404


async def test_too_many_at_once_are_asked_to_come_again(
    app: FastAPI, subscriber: Subscriber
) -> None:
    await subscriber.subscribe()
    app.state.snapshots = asyncio.Semaphore(0)
    answer = await subscriber.own("GET", "/snapshot")

    assert (answer.status_code, answer.json()["code"]) == (503, "snapshots_busy")
    assert answer.headers["retry-after"]


async def test_a_client_that_does_not_read_is_left_without_the_last_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 0.05)
    is_closed, sent = asyncio.Event(), []

    async def pages() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"line\n"
        finally:
            is_closed.set()

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:
            await asyncio.Event().wait()

    await SnapshotResponse(pages()).stream_response(send)

    assert is_closed.is_set()
    assert all(each.get("more_body", True) for each in sent)


async def test_a_kafka_subscription_says_where_its_topic_is(subscriber: Subscriber) -> None:
    await subscriber.subscribe()
    answer = await subscriber.own("GET", "/kafka")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_that_way")

    await subscriber.subscribe(way="kafka")
    answer = await subscriber.own("GET", "/kafka")
    assert answer.json() == {
        "bootstrap_servers": "",
        "sasl_mechanism": "SCRAM-SHA-512",
        "username": f"tenant-{subscriber.tenant_id}",
        "topic": f"tenant-{subscriber.tenant_id}",
        "group_prefix": f"tenant-{subscriber.tenant_id}-",
    }
    assert (await subscriber.subscribe(way="kafka")).json()["code"] == "kafka_subscription_exists"
