"""A subscriber that listens: events as they come, from where it was, and only while it may."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.entrypoints import stream
from shared.inbox.consumer import BatchConsumer
from shared.processes import main
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated, requested
from tests.isolation.world import bearer
from tests.support.waiting import until

Consumer = BatchConsumer[PostgresUnitOfWork]


@dataclass
class Told:
    """A server-sent event."""

    id: str = ""
    event: str = ""
    data: str = ""


@pytest.fixture
async def subscriber(app: FastAPI, consumer: Consumer) -> AsyncIterator[Subscriber]:
    """On a real socket: what happens when a client goes away is the server's."""
    async with _serving(app) as (_server, port), client_of(app) as http:
        made = Subscriber(http)
        made.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)
        await consumer.process([activated(made.tenant_id)])
        yield made
        await made.http.aclose()


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, http="httptools", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    listening = main.listen(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))

    async def started() -> bool:
        return server.started

    await until(started, bool)
    try:
        yield server, listening.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def listening(subscriber: Subscriber, **headers: str) -> AsyncIterator[AsyncIterator[Told]]:
    sent = {**bearer("machine", "machine,subscriber", str(subscriber.tenant_id)), **headers}
    path = f"/v1/subscriptions/{subscriber.subscription_id}/stream"
    async with subscriber.http.stream("GET", path, headers=sent, timeout=30) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "text/event-stream"
        yield _told(answer)


async def _told(answer: httpx.Response) -> AsyncIterator[Told]:
    event = Told()
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            if name in {"id", "event", "data"}:
                setattr(event, name, value)
        else:
            yield event
            event = Told()


async def events(told: AsyncIterator[Told], count: int) -> list[Told]:
    """That many events; what keeps the connection is passed over."""
    found: list[Told] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            event = await anext(told)
            found += [event] if event.data else []
    return found


async def book(consumer: Consumer, tenant_id: UUID, count: int) -> list[str]:
    records = [requested(tenant_id) for _ in range(count)]
    await consumer.process(records)
    return [dict(each.headers)["ce_id"].decode() for each in records]


def _ids(told: list[Told]) -> list[str]:
    return [each.data.partition('"id":"')[2].partition('"')[0] for each in told]


async def test_events_come_as_they_happen_and_go_on_after_the_last_one_got(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    sent = await book(consumer, subscriber.tenant_id, 3)
    await subscriber.subscribe(types=["booking.requested.v1"])
    async with listening(subscriber) as told:
        first = await events(told, 3)
        assert {each.event for each in first} == {"booking.requested.v1"}
        sent += await book(consumer, subscriber.tenant_id, 2)
        first += await events(told, 2)
    assert _ids(first) == sent
    sent += await book(consumer, subscriber.tenant_id, 250)
    async with listening(subscriber, **{"Last-Event-ID": first[3].id}) as told:
        assert _ids(await events(told, 251)) == sent[4:]
    page = await subscriber.events(first[3].id)
    assert [each["id"] for each in page["events"]] == sent[4:104]


async def test_a_tenants_events_wake_nobody_elses_stream(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    other = Subscriber(subscriber.http)
    await consumer.process([activated(other.tenant_id)])
    for each in (subscriber, other):
        await each.subscribe(start="now")
    async with listening(subscriber) as told, listening(other) as others:
        sent = await book(consumer, subscriber.tenant_id, 1)
        assert _ids(await events(told, 1)) == sent
        sent = await book(consumer, other.tenant_id, 1)
        assert _ids(await events(others, 1)) == sent


async def test_who_hears_nothing_learns_where_it_stands(
    subscriber: Subscriber, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.2)
    await subscriber.subscribe(types=["voucher.reserved.v1"], start="oldest")
    async with listening(subscriber) as told:
        await anext(told)
        await book(consumer, subscriber.tenant_id, 4)
        place = await anext(told)
        while not place.id:
            place = await anext(told)
        assert not place.data
    assert (await subscriber.events(place.id))["more"] is False


async def test_a_stream_ends_with_its_subscription(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    await subscriber.subscribe(start="now")
    async with listening(subscriber) as told:
        await anext(told)
        assert (await subscriber.own("DELETE")).status_code == 204
        await book(consumer, subscriber.tenant_id, 1)
        assert [each async for each in told] == []


async def test_a_stream_ends_with_its_life(
    subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFE_SECONDS", 1)
    monkeypatch.setattr(stream, "LIFE_SPREAD_SECONDS", 1)
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.1)
    await subscriber.subscribe(start="now")
    async with listening(subscriber) as told, asyncio.timeout(10):
        assert all([not each.data async for each in told])


async def test_who_goes_away_is_forgotten_and_too_many_are_refused(
    subscriber: Subscriber, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.1)
    monkeypatch.setattr(stream, "MAX_STREAMS_OF_SUBSCRIPTION", 2)
    await subscriber.subscribe(start="now")
    async with listening(subscriber) as one, listening(subscriber) as two:
        await anext(one)
        await anext(two)
        refused = await subscriber.own("GET", "/stream")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")

    async def left() -> int:
        return int(app.state.streams._open.total())

    assert await until(left, lambda count: count == 0, seconds=10) == 0
    assert app.state.streams.tails._looking is None


async def test_who_takes_nothing_is_given_up(
    subscriber: Subscriber, app: FastAPI, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would hold what it is sent in memory for ever."""
    monkeypatch.setattr(stream, "READ_SECONDS", 0.5)
    monkeypatch.setattr(main, "UNREAD_SECONDS", 1)
    for _ in range(5):
        await book(consumer, subscriber.tenant_id, 4_000)
    await subscriber.subscribe()
    async with _serving(app) as (server, port):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(_request(subscriber))

            async def connections() -> int:
                return len(server.server_state.connections)

            await until(connections, lambda count: count == 1)
            await until(connections, lambda count: count == 0, seconds=20)
    assert app.state.streams._open.total() == 0


def _request(subscriber: Subscriber) -> bytes:
    token = bearer("machine", "machine,subscriber", str(subscriber.tenant_id))["Authorization"]
    path = f"/v1/subscriptions/{subscriber.subscription_id}/stream"
    return f"GET {path} HTTP/1.1\r\nHost: feed\r\nAuthorization: {token}\r\n\r\n".encode()


async def test_a_bad_cursor_is_told_before_the_stream_begins(subscriber: Subscriber) -> None:
    await subscriber.subscribe()
    answer = await subscriber.own("GET", "/stream", after="forged")
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
