"""What the addresses of this service are given by FastAPI: callers, reads, cursors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request

from services.feed.adapters.cursor_codec import CursorCodec
from services.feed.adapters.queries import PostgresQueries
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.domain.errors import CursorError, CursorExpiredError
from services.feed.domain.subscription import Subscription
from shared.auth.dependencies import TENANT_ADMIN, TenantCaller, for_tenant
from shared.database.reading import Reads as ReadsOf
from shared.database.unit_of_work import UnitsOfWork
from shared.http.problems import Problem, not_found
from shared.processes.api import units

#: HTTP status of each code of the domain's errors; 409 for the rest.
STATUSES = {
    "invalid_subscription": 422,
    "event_type_unknown": 422,
    "event_type_not_for_kind": 422,
    "field_unknown": 422,
    "tenant_unknown": 403,
    "cursor_invalid": 422,
    "cursor_expired": 410,
    "log_being_checked": 503,
    "address_refused": 422,
    "code_wrong": 422,
}

#: Who may read what leaves: a tenant's administrators, and its systems.
Subscriber = Annotated[TenantCaller, Depends(for_tenant(TENANT_ADMIN, "subscriber"))]
Units = Annotated[UnitsOfWork[PostgresUnitOfWork], Depends(units)]


async def reads(request: Request) -> ReadsOf[PostgresQueries]:
    """How this process reads."""
    return cast("ReadsOf[PostgresQueries]", request.app.state.reads)


async def cursors(request: Request) -> CursorCodec:
    """How this process writes cursors down."""
    return cast("CursorCodec", request.app.state.cursors)


Reads = Annotated[ReadsOf[PostgresQueries], Depends(reads)]
Cursors = Annotated[CursorCodec, Depends(cursors)]


async def subscription_of(
    queries: PostgresQueries, caller: TenantCaller, subscription_id: UUID
) -> Subscription:
    """A subscription of the caller's. Raises Problem 404."""
    found = await queries.subscription(caller.tenant_id, subscription_id)
    if found is None:
        raise not_found("subscription")
    return found


@contextmanager
def cursors_told(codec: CursorCodec, subscription_id: UUID) -> Iterator[None]:
    """Answer who has a cursor that leads nowhere with one to go on from."""
    try:
        yield
    except CursorError as error:
        status = STATUSES.get(error.code, 409)
        members: dict[str, object] = {}
        if error.go_on is not None:
            name = "oldest_cursor" if isinstance(error, CursorExpiredError) else "cursor"
            members[name] = codec.encode(subscription_id, error.go_on)
        if isinstance(error, CursorExpiredError):
            members["oldest_time"] = error.oldest_at and error.oldest_at.isoformat()
            members["snapshot"] = f"/v1/subscriptions/{subscription_id}/snapshot"
        raise Problem(status, error.code, str(error), members=members) from error
