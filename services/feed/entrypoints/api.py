"""The HTTP contract of the feed service: what there is to subscribe to."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.feed.domain.projection import PUBLIC_TYPES
from services.feed.entrypoints.bodies import EventTypeView
from shared.auth.dependencies import TenantCaller, for_tenant

#: HTTP status of each code of the domain's errors; 409 for the rest.
STATUSES = {
    "invalid_subscription": 422,
    "types_unknown": 422,
    "cursor_invalid": 422,
    "cursor_expired": 410,
}

#: Who may read what leaves: a tenant's administrators, and its systems.
Subscriber = Annotated[TenantCaller, Depends(for_tenant("tenant-admin", "subscriber"))]

router = APIRouter(prefix="/v1", tags=["feed"])


@router.get("/event-types")
async def get_event_types(_caller: Subscriber) -> list[EventTypeView]:
    """The types of events that may leave, in the order of their names."""
    return [EventTypeView(type=each) for each in sorted(PUBLIC_TYPES)]
