"""What whoever moves readings on needs from the outside."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.feed.application.queries import Page
from services.feed.domain.reading import Reading


class Pages(Protocol):
    """The log of a tenant."""

    async def page(
        self, tenant_id: UUID, *, after: int, types: frozenset[str] | None, limit: int
    ) -> Page:
        """Events after a position, of these types or of all."""


class Readings(Protocol):
    """Readings of the tenants that the unit of work acts for; each change raises LeaseLostError."""

    async def advance(self, reading: Reading, position: int) -> None:
        """Be done with everything up to a position, and hold it on."""

    async def restart(self, reading: Reading) -> int:
        """Begin anew where the subscription began, and hold it on; returns that position."""

    async def release(
        self,
        reading: Reading,
        position: int,
        *,
        due_at: datetime | None = None,
        resting_until: datetime | None = None,
    ) -> None:
        """Be done with everything up to a position, and leave the rest to whoever claims it."""
