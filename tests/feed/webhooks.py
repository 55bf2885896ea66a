"""A tenant with a webhook, its endpoint on this machine, and a worker that works when it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from sqlalchemy import text
from standardwebhooks import Webhook

from services.feed.adapters.showing import shown
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.adapters.webhook_reads import WebhookReads
from services.feed.adapters.webhook_sender import WebhookSender
from services.feed.application.deliver_webhooks import WebhookDeliverer
from services.feed.bootstrap import _sender
from services.feed.domain.reading import Reading
from services.feed.domain.subscription import Way
from services.feed.entrypoints.webhook_schedule import Errands
from services.feed.settings import FeedSettings
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated, requested
from tests.support.receivers import Received, Receiver, receiver

Feed = Foundation[PostgresUnitOfWork]
Consumer = BatchConsumer[PostgresUnitOfWork]


@dataclass
class Hook:
    """An endpoint that answers as it is told: a status, or by what it is asked."""

    server: Receiver
    status: int | Callable[[dict[str, Any]], int] = 204
    headers: str = ""
    body: Callable[[dict[str, Any]], bytes] = lambda _event: b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/hooks"

    @property
    def got(self) -> list[dict[str, Any]]:
        """The events that came, in order, whatever was answered."""
        return [json.loads(each.body) for each in self.server.requests]

    def of(self, event_type: str = "booking.requested.v1") -> list[str]:
        """The ids of events of a type, in the order in which they came."""
        return [each["id"] for each in self.got if each["type"] == event_type]

    async def respond(self, request: Received, writer: asyncio.StreamWriter) -> None:
        event = json.loads(request.body)
        status = self.status if isinstance(self.status, int) else self.status(event)
        if not status:
            await asyncio.Event().wait()
        body = self.body(event)
        writer.write(
            f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n{self.headers}\r\n".encode()
            + body
        )


@asynccontextmanager
async def listening_hook() -> AsyncIterator[Hook]:
    hook: list[Hook] = []

    async def respond(request: Received, writer: asyncio.StreamWriter) -> None:
        await hook[0].respond(request, writer)

    async with receiver(respond) as server:
        hook.append(Hook(server))
        yield hook[0]


@dataclass
class Worker:
    """One worker's share of the webhooks; a turn at a time."""

    feed: Feed
    settings: FeedSettings
    sender: WebhookSender = field(init=False)
    holder: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.sender = _sender(self.settings)
        self.errands = Errands(self.feed, self.sender)
        self.deliverer = WebhookDeliverer(
            self.feed.units,
            self.feed.reader.reads(WebhookReads),
            self.sender,
            shown,
            utc_now,
            lambda: 0.0,
            troubled_at_once=50,
        )

    async def claim(self) -> Sequence[Reading]:
        async with self.feed.units(operator=True) as work:
            return await work.readings.claim(Way.WEBHOOK, self.holder, 1_000)

    async def work(self) -> None:
        """Deliver what is due, until nothing is."""
        while readings := await self.claim():
            await asyncio.gather(*map(self.deliverer.deliver, readings))


@dataclass
class TenantHook:
    """A tenant's webhook and the worker that serves it."""

    subscriber: Subscriber
    hook: Hook
    worker: Worker
    consumer: Consumer
    secret: str = ""

    @property
    def tenant_id(self) -> UUID:
        return self.subscriber.tenant_id

    async def set_up(self, types: Sequence[str] = ("booking.requested.v1",), **wish: Any) -> None:
        """From the subscription to the first delivery."""
        made = await self.subscriber.subscribe(way="webhook", types=list(types), **wish)
        assert made.json()["status"] == "unverified", made.text
        self.secret = (await self.put_endpoint())["secret"]
        await self.worker.errands.run_once()
        code = self.hook.got[-1]["data"]["code"]
        answer = await self.subscriber.own("POST", "/endpoint/verification", {"code": code})
        assert (answer.status_code, answer.json()["status"]) == (200, "active"), answer.text

    async def put_endpoint(self, url: str = "") -> Any:
        answer = await self.subscriber.own("PUT", "/endpoint", {"url": url or self.hook.url})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def happen(self, *aggregates: UUID, count: int = 1) -> list[str]:
        """So many bookings, or one event of each of these; the ids of the events."""
        records = [requested(self.tenant_id, each) for each in aggregates or [None] * count]
        await self.consumer.process(records)
        return [dict(each.headers)["ce_id"].decode() for each in records]

    async def change(self, statement: str) -> None:
        """As if something had happened meanwhile."""
        async with transaction(self.worker.feed.engine, [self.tenant_id]) as connection:
            await connection.execute(text(statement))

    async def later(self) -> None:
        """As if the next attempts and probes were due now."""
        await self.change("UPDATE failing_key SET next_attempt_at = now() - interval '1 s'")
        await self.change("UPDATE reading SET due_at = now(), resting_until = NULL")

    async def status(self) -> str:
        status: str = (await self.subscriber.own("GET")).json()["status"]
        return status

    async def endpoint(self) -> Any:
        return (await self.subscriber.own("GET", "/endpoint")).json()

    async def deliveries(self, **query: Any) -> Any:
        answer = await self.subscriber.own("GET", "/deliveries", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def waiting(self) -> dict[str, tuple[list[int], int]]:
        """What waits: positions and attempts by aggregate."""
        async with transaction(self.worker.feed.engine, [self.tenant_id]) as connection:
            rows = await connection.execute(text("SELECT * FROM failing_key"))
            return {row.aggregate: (list(row.positions), row.attempts) for row in rows}

    def verified(self, request: Received, secret: str = "") -> Any:
        """The body, if its signature is right by the reference library."""
        body = request.body.decode()
        return Webhook(secret or self.secret).verify(body, request.headers)


@asynccontextmanager
async def webhook(app: FastAPI, consumer: Consumer, worker: Worker) -> AsyncIterator[TenantHook]:
    """A tenant that is known, and an endpoint that listens."""
    async with client_of(app) as http, listening_hook() as hook:
        subscriber = Subscriber(http)
        await consumer.process([activated(subscriber.tenant_id)])
        yield TenantHook(subscriber, hook, worker, consumer)
