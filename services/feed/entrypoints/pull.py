"""Addresses to fetch events from: page by page, from any point that is kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.feed.adapters.cursor_codec import MAX_LENGTH
from services.feed.adapters.showing import shown
from services.feed.application.name_entries import names_for
from services.feed.application.read_log import Place, find_cursor, read_page
from services.feed.entrypoints.bodies import CursorView, EventPage
from services.feed.entrypoints.dependencies import (
    Cursors,
    Reads,
    Subscriber,
    cursors_told,
    subscription_of,
)
from shared.http.fields import Moment

MEDIA_TYPE = "application/json"

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["pull"])

After = Annotated[
    str | None,
    Query(max_length=MAX_LENGTH, description="The cursor of the page before; left out: the start."),
]
Events = Annotated[int, Query(ge=1, le=1_000)]


@router.get("/events", response_model=EventPage)
async def get_events(
    subscription_id: UUID,
    caller: Subscriber,
    read: Reads,
    codec: Cursors,
    after: After = None,
    limit: Events = 100,
) -> Response:
    """Events in order, each a CloudEvent. Keep the cursor, and send it as `after` the next time."""
    with cursors_told(codec, subscription_id):
        async with read([caller.tenant_id]) as queries:
            subscription = await subscription_of(queries, caller, subscription_id)
            cursor = None if after is None else codec.decode(subscription_id, after)
            page, following = await read_page(queries, subscription, cursor, limit)
            names = await names_for(queries, subscription, page.entries)
    events = b",".join(shown(subscription.selection, each, names) for each in page.entries)
    more = b"true" if page.upto < page.readable else b"false"
    place = codec.encode(subscription_id, following).encode()
    content = b'{"events":[%b],"cursor":"%b","more":%b}' % (events, place, more)
    return Response(content, media_type=MEDIA_TYPE)


@router.get("/cursor")
async def get_cursor(
    subscription_id: UUID,
    caller: Subscriber,
    read: Reads,
    codec: Cursors,
    at: Annotated[
        Place | Moment,
        Query(description="`oldest` for all that is kept, `now`, or a time (RFC 3339)."),
    ],
) -> CursorView:
    """A cursor for any point of the log: everything after it follows."""
    async with read([caller.tenant_id]) as queries:
        subscription = await subscription_of(queries, caller, subscription_id)
        found = await find_cursor(queries, subscription, at)
    return CursorView(cursor=codec.encode(subscription_id, found))
