"""The HTTP contract of the feed service: what there is to subscribe to."""

from fastapi import APIRouter

from services.feed.contracts.public_events import PUBLIC_EVENTS
from services.feed.domain.selection import types_for
from services.feed.entrypoints.bodies import EventTypeView
from services.feed.entrypoints.dependencies import STATUSES, Reads, Subscriber

__all__ = ["STATUSES", "router"]

router = APIRouter(prefix="/v1", tags=["feed"])


@router.get("/event-types")
async def get_event_types(caller: Subscriber, read: Reads) -> list[EventTypeView]:
    """The types of events that your organisation can subscribe to, and those of them that will end."""
    async with read([caller.tenant_id]) as queries:
        kind = await queries.kind(caller.tenant_id)
    wanted = types_for(kind)
    return [EventTypeView.shown(event) for event in PUBLIC_EVENTS if event.TYPE in wanted]
