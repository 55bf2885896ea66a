"""Many webhook endpoints on one port of this machine, some of which hang when they are told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from tests.bench.feed_world import Sightings, all_of
from tests.feed.http import Subscriber
from tests.support.receivers import Received, receiver
from tests.support.waiting import until


@dataclass
class Endpoints:
    """When each event was seen, by its subject; and the paths that are not answered."""

    port: int = 0
    seen: Sightings = field(default_factory=Sightings)
    hanging: set[str] = field(default_factory=set)

    async def answer(self, request: Received, writer: asyncio.StreamWriter) -> None:
        """Confirm the endpoint, or take the event, or hang."""
        if request.path in self.hanging:
            await asyncio.Event().wait()
        event: dict[str, Any] = orjson.loads(request.body)
        self.seen.note(event["subject"])
        code = event["data"].get("code")
        body = orjson.dumps({"code": code}) if code else b""
        status = 200 if code else 204
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    async def subscribe(self, subscribers: list[Subscriber]) -> None:
        """A webhook for each, verified."""
        await all_of([self._put(each) for each in subscribers])
        for each in subscribers:
            await until(partial(_status, each), lambda status: status == "active")

    async def _put(self, subscriber: Subscriber) -> None:
        made = await subscriber.subscribe(way="webhook", types=["booking.confirmed.v1"])
        assert made.is_success, made.text
        url = f"http://127.0.0.1:{self.port}{path_of(subscriber)}"
        put = await subscriber.own("PUT", "/endpoint", {"url": url})
        assert put.is_success, put.text


def path_of(subscriber: Subscriber) -> str:
    """Where a tenant's endpoint is."""
    return f"/{subscriber.tenant_id}"


async def _status(subscriber: Subscriber) -> str:
    return str((await subscriber.own("GET")).json()["status"])


@asynccontextmanager
async def endpoints() -> AsyncIterator[Endpoints]:
    """They listen while the block lasts."""
    made = Endpoints()
    async with receiver(made.answer) as server:
        made.port = server.port
        yield made
