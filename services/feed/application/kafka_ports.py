"""What sending to Kafka needs from the outside, for adapters to provide and fakes to stand in for."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from services.feed.domain.subscription import Selection


class TopicMissingError(Exception):
    """The tenant has no topic, or none any more; nothing was sent."""


class TopicUnavailableError(Exception):
    """Kafka does not do it now. Some of what was sent may have arrived."""


class Topics(Protocol):
    """The tenants' topics, of one partition each."""

    async def send(self, tenant_id: UUID, contents: Sequence[bytes], selection: Selection) -> None:
        """Append events, with what the subscription shows of them; returns when they are safe.

        Raises TopicMissingError or TopicUnavailableError.
        """

    async def create(self, tenant_id: UUID) -> bool:
        """Make a tenant's topic; whether there was none. Raises TopicUnavailableError."""
