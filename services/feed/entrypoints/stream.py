"""The address that tells events as they come: server-sent events (HTML Living Standard, section 9.2)."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.feed.adapters import measures
from services.feed.adapters.cursor_codec import MAX_LENGTH, CursorCodec
from services.feed.adapters.queries import PostgresQueries
from services.feed.adapters.showing import shown
from services.feed.adapters.tails import Tails
from services.feed.application.name_entries import names_for
from services.feed.application.read_log import read_page
from services.feed.domain.cursor import Cursor
from services.feed.domain.errors import FeedError
from services.feed.entrypoints.dependencies import (
    Cursors,
    Reads,
    Subscriber,
    cursors_told,
    subscription_of,
)
from services.feed.entrypoints.pull import After
from shared.auth.dependencies import TenantCaller
from shared.database.outage import is_outage
from shared.database.reading import Reads as ReadsOf
from shared.http.problems import Problem

MEDIA_TYPE = "text/event-stream"
COMMENT = b":\n\n"
KEEP_ALIVE_SECONDS = 15.0
#: Then the client connects anew, and its rights are looked at anew.
LIFE_SECONDS, LIFE_SPREAD_SECONDS = 3_600, 360
#: A client that takes nothing for so long is given up.
READ_SECONDS = 30.0
#: What a stream holds in memory at most, for a client that reads slowly.
PAGE_EVENTS, PAGE_BYTES = 100, 256 * 1024
MAX_STREAMS, MAX_STREAMS_OF_SUBSCRIPTION = 20_000, 20

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["pull"])

LastEventId = Annotated[str | None, Header(max_length=MAX_LENGTH)]


class Streams:
    """The streams of this process, counted; and the ends of the logs that they wait at."""

    def __init__(self, tails: Tails) -> None:
        self.tails = tails
        self._open: Counter[UUID] = Counter()

    def require_room(self, subscription_id: UUID) -> None:
        """Raise Problem if there are too many already."""
        if self._open[subscription_id] >= MAX_STREAMS_OF_SUBSCRIPTION:
            detail = f"A subscription has {MAX_STREAMS_OF_SUBSCRIPTION} streams at most. Close one."
            raise Problem(429, "too_many_streams", detail, headers={"Retry-After": "60"})
        if self._open.total() >= MAX_STREAMS:
            detail = "Too many streams are open right now. Try again shortly."
            raise Problem(503, "streams_busy", detail, headers={"Retry-After": "30"})

    def count(self, subscription_id: UUID, change: int) -> None:
        """One more, or one less."""
        self._open[subscription_id] += change
        if not self._open[subscription_id]:
            del self._open[subscription_id]
        measures.STREAMS.add(change)


class Reader:
    """One subscriber's way along the log."""

    def __init__(
        self,
        read: ReadsOf[PostgresQueries],
        codec: CursorCodec,
        caller: TenantCaller,
        subscription_id: UUID,
    ) -> None:
        self._read, self._codec, self._caller = read, codec, caller
        self.subscription_id = subscription_id
        self._cursor: Cursor | None = None
        self.has_more = True

    @property
    def tenant_id(self) -> UUID:
        """Whose log it is."""
        return self._caller.tenant_id

    @property
    def position(self) -> int:
        """How far the log has been read."""
        return self._cursor.position if self._cursor else 0

    async def next(self, begin: str | None = None) -> bytes:
        """What follows, as it is sent; at first what follows a cursor, or the subscription's start.

        Raises Problem or FeedError when the way ends here.
        """
        async with self._read([self.tenant_id]) as queries:
            subscription = await subscription_of(queries, self._caller, self.subscription_id)
            if begin is not None:
                self._cursor = self._codec.decode(self.subscription_id, begin)
            page, following = await read_page(
                queries, subscription, self._cursor, PAGE_EVENTS, PAGE_BYTES
            )
            names = await names_for(queries, subscription, page.entries)
        events = []
        for entry in page.entries:
            place = Cursor(following.epoch, entry.position, following.filter)
            event = shown(subscription.selection, entry, names)
            events.append(
                b"id: %b\nevent: %b\ndata: %b\n\n"
                % (
                    self._codec.encode(self.subscription_id, place).encode(),
                    entry.type.encode(),
                    event,
                )
            )
        self._cursor, self.has_more = following, page.upto < page.readable
        return b"".join(events)

    def place(self) -> bytes:
        """No event, but where the reader stands: a client that comes again begins there."""
        assert self._cursor, "read first"
        return b"id: %b\n\n" % self._codec.encode(self.subscription_id, self._cursor).encode()


class EventStream(Response):
    """Events for as long as they are taken, and no longer than a life."""

    media_type = MEDIA_TYPE

    def __init__(self, reader: Reader, first: bytes, streams: Streams, request: Request) -> None:
        super().__init__()
        self.headers["content-type"] = MEDIA_TYPE
        self.headers["x-accel-buffering"] = "no"
        del self.headers["content-length"]
        self._reader, self._first, self._streams = reader, first, streams
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is, and what comes."""
        del scope, receive
        subscription_id = self._reader.subscription_id
        self._streams.count(subscription_id, 1)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            with suppress(TimeoutError):
                await self._send_all(send)
        finally:
            self._streams.count(subscription_id, -1)

    async def _send_all(self, send: Send) -> None:
        async with self._streams.tails.followed(), aclosing(self._chunks()) as chunks:
            async for chunk in chunks:
                async with asyncio.timeout(READ_SECONDS):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _chunks(self) -> AsyncGenerator[bytes]:
        """What is to be sent, or nothing that a client notices, so that the connection is kept."""
        clock = asyncio.get_running_loop().time
        spread = secrets.randbelow(2 * LIFE_SPREAD_SECONDS) - LIFE_SPREAD_SECONDS
        sent = clock()
        end = sent + LIFE_SECONDS + spread
        yield self._first or COMMENT
        while clock() < end and not await self._request.is_disconnected():
            chunk = await self._next(sent + KEEP_ALIVE_SECONDS - clock())
            if chunk is None:
                return  # the client comes again, and is told why
            if chunk or clock() >= sent + KEEP_ALIVE_SECONDS:
                sent = clock()
                yield chunk or self._reader.place()

    async def _next(self, seconds: float) -> bytes | None:
        """What is new; nothing after so long, or if none of it is wanted; None if the stream has to end."""
        reader, tails = self._reader, self._streams.tails
        if not reader.has_more and not await tails.grown(
            reader.tenant_id, reader.position, seconds
        ):
            return b""
        try:
            return await reader.next()
        except Exception as error:
            if isinstance(error, Problem | FeedError) or is_outage(error):
                return None
            raise


@router.get("/stream", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def get_stream(
    subscription_id: UUID,
    caller: Subscriber,
    read: Reads,
    codec: Cursors,
    request: Request,
    after: After = None,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Events as they come, each with its cursor as id. A client that comes again sends the last one it got."""
    streams: Streams = request.app.state.streams
    reader = Reader(read, codec, caller, subscription_id)
    with cursors_told(codec, subscription_id):
        first = await reader.next(last_event_id or after)
    streams.require_room(subscription_id)
    return EventStream(reader, first, streams, request)
