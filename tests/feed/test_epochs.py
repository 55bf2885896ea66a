"""After a restore: cursors of what survived go on, the others are told, and nobody appends unseen."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters import epochs
from services.feed.adapters.epochs import EpochGuard
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated, requested
from tests.isolation.world import COOPERATIVE_AUDITOR, OPERATOR

Consumer = BatchConsumer[PostgresUnitOfWork]


@pytest.fixture
async def subscriber(app: FastAPI, consumer: Consumer) -> AsyncIterator[Subscriber]:
    """Ten events, the first of them the activation."""
    async with client_of(app) as http:
        made = Subscriber(http)
        records = [requested(made.tenant_id) for _ in range(9)]
        await consumer.process([activated(made.tenant_id), *records])
        await made.subscribe()
        yield made


async def begin(engine: AsyncEngine) -> int:
    async with transaction(engine, operator=True) as connection:
        return await epochs.begin(connection, "test")


async def restore(engine: AsyncEngine, subscriber: Subscriber, position: int) -> None:
    """What a restore does to the log of a tenant: it is as it was, and then goes on otherwise."""
    row = {"tenant": subscriber.tenant_id, "position": position}
    async with transaction(engine, [subscriber.tenant_id]) as connection:
        for statement in (
            "DELETE FROM log WHERE tenant_id = :tenant AND position > :position",
            "UPDATE tenant_feed SET position = :position WHERE tenant_id = :tenant",
        ):
            await connection.execute(text(statement), row)
    await begin(engine)


async def test_a_cursor_that_survived_goes_on_and_a_later_one_is_told(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    early = (await subscriber.events(limit=4))["cursor"]
    late = (await subscriber.events(limit=8))["cursor"]
    await restore(engine, subscriber, 6)
    await consumer.process([requested(subscriber.tenant_id) for _ in range(4)])
    assert len((await subscriber.events(early))["events"]) == 6
    answer = await subscriber.own("GET", "/events", after=late)
    assert (answer.status_code, answer.json()["code"]) == (409, "cursor_before_restore")
    page = await subscriber.events(answer.json()["cursor"])
    assert len(page["events"]) == 4  # 7 to 10, which are others than before
    assert (await subscriber.events(page["cursor"]))["events"] == []


async def test_of_several_restores_the_one_furthest_back_counts(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    cursor = (await subscriber.events(limit=5))["cursor"]
    await restore(engine, subscriber, 3)
    await consumer.process([requested(subscriber.tenant_id) for _ in range(7)])
    await restore(engine, subscriber, 9)
    answer = await subscriber.own("GET", "/events", after=cursor)
    assert answer.json()["code"] == "cursor_before_restore"
    assert len((await subscriber.events(answer.json()["cursor"]))["events"]) == 6  # 4 to 9


async def test_a_tenant_that_came_after_the_restored_moment_begins_anew(
    subscriber: Subscriber, consumer: Consumer, engine: AsyncEngine
) -> None:
    cursor = (await subscriber.events(limit=1))["cursor"]
    async with transaction(engine, [subscriber.tenant_id]) as connection:
        await connection.execute(text("DELETE FROM log"))
        await connection.execute(text("DELETE FROM tenant_feed"))
    await begin(engine)
    await consumer.process([requested(subscriber.tenant_id) for _ in range(3)])
    answer = await subscriber.own("GET", "/events", after=cursor)
    assert answer.json()["code"] == "cursor_before_restore"
    assert len((await subscriber.events(answer.json()["cursor"]))["events"]) == 3


async def test_a_cursor_of_an_epoch_that_was_lost_begins_anew(
    subscriber: Subscriber, engine: AsyncEngine
) -> None:
    number = await begin(engine)
    cursor = (await subscriber.events(limit=1))["cursor"]
    await begin(engine)
    async with transaction(engine, [subscriber.tenant_id], operator=True) as connection:
        row = {"number": number}
        await connection.execute(text("DELETE FROM tenant_epoch WHERE number = :number"), row)
        await connection.execute(text("DELETE FROM epoch WHERE number = :number"), row)
    answer = await subscriber.own("GET", "/events", after=cursor)
    assert answer.json()["code"] == "cursor_before_restore"
    assert len((await subscriber.events(answer.json()["cursor"]))["events"]) == 10


async def test_until_a_restore_is_looked_into_nobody_reads_and_nobody_appends(
    subscriber: Subscriber, engine: AsyncEngine
) -> None:
    number = await begin(engine)
    changed: list[str] = []
    guard = EpochGuard(lambda: changed.append("ended"))
    guard.number = number
    moved = text("UPDATE epoch SET timeline = :timeline WHERE number = :number")
    async with transaction(engine, operator=True) as connection:
        timeline = (await epochs.present(connection)).timeline
        await guard.verify(connection)
        assert changed == []
        await connection.execute(moved, {"timeline": "000000FF", "number": number})
        await guard.verify(connection)
    assert changed == ["ended"]
    try:
        answer = await subscriber.own("GET", "/events")
        assert (answer.status_code, answer.json()["code"]) == (503, "log_being_checked")
    finally:
        async with transaction(engine, operator=True) as connection:
            await connection.execute(moved, {"timeline": timeline, "number": number})
    assert len((await subscriber.events())["events"]) == 10


async def test_an_operator_says_what_the_database_does_not(subscriber: Subscriber) -> None:
    http = subscriber.http
    body = {"reason": "Kopie von gestern eingespielt"}
    made = await http.post("/v1/epochs", headers=OPERATOR, json=body)
    assert made.status_code == 201, made.text
    listed = (await http.get("/v1/epochs", headers=COOPERATIVE_AUDITOR)).json()
    assert listed[0]["number"] == made.json()["number"]
    assert listed[0]["caught_up_at"] is None
    log = (await http.get("/v1/operations/log", headers=OPERATOR)).json()
    assert (log[0]["action"], log[0]["reason"]) == ("begin epoch", body["reason"])
    assert (await subscriber.ask("POST", "/v1/epochs", body)).status_code == 403
