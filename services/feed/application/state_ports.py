"""What keeping states needs from the outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID

from services.feed.domain.state import Attributes, Change, Thing


@dataclass(frozen=True, slots=True)
class LogSpan:
    """A tenant's log from after one position up to another."""

    tenant_id: UUID
    after: int
    until: int


@dataclass(frozen=True, slots=True)
class Told:
    """An event in a tenant's log, and the log's day."""

    tenant_id: UUID
    day: date
    event: Attributes


class States(Protocol):
    """The states of the tenants that the unit of work acts for; an operator's finds what is behind."""

    async def behind(self, at_most: int) -> Sequence[LogSpan]:
        """What the states of so many tenants lack of their logs, the shortest first."""

    async def lacks(self, tenant_id: UUID) -> LogSpan | None:
        """What the state of one tenant lacks of its log, or None if it lacks nothing."""

    async def is_log_growing(self, within: timedelta) -> bool:
        """Whether anything was appended within a time."""

    async def lock(self, spans: Sequence[LogSpan], *, or_wait: bool = False) -> Sequence[LogSpan]:
        """Spans from where the states are now, of those tenants whose state nobody else is at.

        With `or_wait` of all of them, as soon as the others are done.
        """

    async def told(self, spans: Sequence[LogSpan]) -> Sequence[Told]:
        """The events of spans, by tenant and in the order of its log."""

    async def apply(self, changes: Sequence[tuple[UUID, Mapping[Thing, Change]]]) -> None:
        """Make of the states what changes say."""

    async def advance(self, spans: Sequence[LogSpan]) -> None:
        """The states have what these spans told."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def states(self) -> States:
        """The states."""
