"""What can be read of subscriptions and of the log."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.feed.domain.person_name import PersonName
from services.feed.domain.subscription import Subscription

#: What a page holds at most, unless its first entry alone is larger.
PAGE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event in the log of a tenant; `content` is the whole CloudEvent in JSON."""

    position: int
    event_id: UUID
    type: str
    aggregate: str
    sequence: int
    view: str
    recorded_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the log: what was found, how far was looked, and how far there is to look."""

    entries: Sequence[LogEntry]
    upto: int
    readable: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a log stands: the present epoch, what is kept, and how far it may be read now.

    `survived` is the last position of the epoch asked about that no later restore took back; None: all of them.
    """

    epoch: int
    oldest_position: int
    oldest_at: datetime | None
    readable: int
    survived: int | None


class Queries(Protocol):
    """Reads for one tenant's readers."""

    async def subscription(self, tenant_id: UUID, subscription_id: UUID) -> Subscription | None:
        """A subscription."""

    async def subscriptions(self, tenant_id: UUID, limit: int, offset: int) -> list[Subscription]:
        """The subscriptions of a tenant, newest first."""

    async def kind(self, tenant_id: UUID) -> str:
        """The kind of a tenant; empty as long as member has not told of it."""

    async def names(
        self, tenant_id: UUID, person_ids: Collection[UUID]
    ) -> Mapping[UUID, PersonName]:
        """What people of a tenant are called, of those of whom it is kept."""

    async def standing(self, tenant_id: UUID, epoch: int | None = None) -> Standing | None:
        """Where the log of a tenant stands; None while it is unknown whether the database was restored."""

    async def position_at(self, tenant_id: UUID, time: datetime) -> int:
        """The last position before a time."""

    async def page(
        self,
        tenant_id: UUID,
        *,
        after: int,
        types: frozenset[str] | None,
        limit: int,
        most_bytes: int,
    ) -> Page:
        """The next entries after a position, of these types or (None) of every type; one at least."""
