"""The address where a late comer gets what is so by now."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.types import Send

from services.feed.adapters.cursor_codec import CursorCodec
from services.feed.adapters.snapshot_reader import SnapshotReader
from services.feed.application.fold_state import catch_up
from services.feed.application.take_snapshot import following, snapshot
from services.feed.entrypoints.dependencies import Cursors, Subscriber, Units, subscription_of
from shared.auth.dependencies import TenantCaller
from shared.database.reading import Reads
from shared.http.problems import Problem

MEDIA_TYPE = "application/x-ndjson"
#: Each holds one of the process's connections for as long as it is read.
AT_ONCE = 3
#: Who reads nothing for so long is disconnected.
READ_SECONDS = 20.0

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["snapshot"])


class SnapshotResponse(StreamingResponse):
    """Lines of JSON, for as long as they are read. Without the last line it was cut off."""

    media_type = MEDIA_TYPE

    async def stream_response(self, send: Send) -> None:
        """Send the lines; the client that does not read them is left with what it has."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        with suppress(TimeoutError):
            async with aclosing(cast("AsyncGenerator[bytes]", self.body_iterator)) as pages:
                await send(start)
                async for page in pages:
                    async with asyncio.timeout(READ_SECONDS):
                        await send({"type": "http.response.body", "body": page, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


@router.get("/snapshot", response_class=SnapshotResponse)
async def get_snapshot(
    subscription_id: UUID, caller: Subscriber, opened: Units, codec: Cursors, request: Request
) -> SnapshotResponse:
    """All that you may see as it is now, a line of JSON each; the last one has the cursor to go on from."""
    places: asyncio.Semaphore = request.app.state.snapshots
    if places.locked():
        detail = "Too many snapshots are being fetched right now. Try again shortly."
        raise Problem(503, "snapshots_busy", detail, headers={"Retry-After": "10"})
    await catch_up(opened, caller.tenant_id)
    read: Reads[SnapshotReader] = request.app.state.snapshot_reads
    pages = _pages(places, read, codec, caller, subscription_id)
    # Whoever cannot be answered is told before the answer begins.
    await anext(pages)
    return SnapshotResponse(pages)


async def _pages(
    places: asyncio.Semaphore,
    read: Reads[SnapshotReader],
    codec: CursorCodec,
    caller: TenantCaller,
    subscription_id: UUID,
) -> AsyncGenerator[bytes]:
    """First nothing, to say that there will be more; then the lines, all of one moment."""
    async with places, read([caller.tenant_id]) as states:
        subscription = await subscription_of(states, caller, subscription_id)
        cursor = await following(states, subscription)
        yield b""
        items = 0
        async for lines in snapshot(states, subscription):
            items += len(lines)
            if lines:
                yield b"".join(map(_line, lines))
    yield _line({"cursor": codec.encode(subscription_id, cursor), "items": items})


def _line(document: Mapping[str, object]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
