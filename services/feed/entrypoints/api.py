"""The HTTP contract of the feed service: what there is to subscribe to."""

from fastapi import APIRouter

from services.feed.domain.projection import PUBLIC_TYPES
from services.feed.entrypoints.bodies import EventTypeView
from services.feed.entrypoints.dependencies import STATUSES, Subscriber

__all__ = ["STATUSES", "router"]

router = APIRouter(prefix="/v1", tags=["feed"])


@router.get("/event-types")
async def get_event_types(_caller: Subscriber) -> list[EventTypeView]:
    """The types of events that may leave, in the order of their names."""
    return [EventTypeView(type=each) for each in sorted(PUBLIC_TYPES)]
