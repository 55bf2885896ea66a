"""A subscriber fetches what is in the log of its tenant, and says how far it has got."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.feed.application.queries import PAGE_BYTES, Page, Queries, Standing
from services.feed.domain.cursor import Cursor
from services.feed.domain.errors import (
    CursorBeforeRestoreError,
    CursorExpiredError,
    CursorOfAnotherFilterError,
    LogBeingCheckedError,
)
from services.feed.domain.subscription import Subscription


class Place(StrEnum):
    """An end of the log."""

    OLDEST = "oldest"
    NOW = "now"


async def read_page(
    queries: Queries,
    subscription: Subscription,
    cursor: Cursor | None,
    limit: int,
    most_bytes: int = PAGE_BYTES,
) -> tuple[Page, Cursor]:
    """What follows a cursor, or the subscription's start; and the cursor that follows it.

    Raises CursorError if the cursor leads nowhere, LogBeingCheckedError shortly after a restore.
    """
    standing = await _standing(queries, subscription.tenant_id, cursor.epoch if cursor else None)
    here = cursor or _at(subscription, standing, subscription.start_position)
    _require_good(here, subscription, standing)
    page = await queries.page(
        subscription.tenant_id,
        after=here.position,
        types=subscription.selection.wanted,
        limit=limit,
        most_bytes=most_bytes,
    )
    return page, _at(subscription, standing, page.upto)


async def find_cursor(
    queries: Queries, subscription: Subscription, place: Place | datetime
) -> Cursor:
    """The cursor from which everything follows that came after a place of the log, or a time."""
    standing = await _standing(queries, subscription.tenant_id, None)
    position = await find_position(queries, subscription.tenant_id, place)
    return _at(subscription, standing, position)


async def cursor_at(queries: Queries, subscription: Subscription, position: int) -> Cursor:
    """The cursor from which everything follows that came after a position."""
    standing = await _standing(queries, subscription.tenant_id, None)
    return _at(subscription, standing, position)


async def find_position(queries: Queries, tenant_id: UUID, place: Place | datetime) -> int:
    """The last position before a place of the log, or a time; never before what is kept."""
    standing = await _standing(queries, tenant_id, None)
    if place is Place.NOW:
        return standing.readable
    before_oldest = standing.oldest_position - 1
    if isinstance(place, datetime):
        return max(before_oldest, await queries.position_at(tenant_id, place))
    return before_oldest


async def _standing(queries: Queries, tenant_id: UUID, epoch: int | None) -> Standing:
    standing = await queries.standing(tenant_id, epoch)
    if standing is None:
        raise LogBeingCheckedError
    return standing


def _require_good(cursor: Cursor, subscription: Subscription, standing: Standing) -> None:
    if cursor.filter != subscription.selection.fingerprint:
        raise CursorOfAnotherFilterError(
            Cursor(cursor.epoch, cursor.position, subscription.selection.fingerprint)
        )
    if standing.survived is not None and cursor.position > standing.survived:
        raise CursorBeforeRestoreError(_at(subscription, standing, standing.survived))
    if cursor.position + 1 < standing.oldest_position:
        oldest = _at(subscription, standing, standing.oldest_position - 1)
        raise CursorExpiredError(oldest, standing.oldest_at)


def _at(subscription: Subscription, standing: Standing, position: int) -> Cursor:
    return Cursor(standing.epoch, position, subscription.selection.fingerprint)
