"""What is read for a tenant, on asyncpg itself."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.feed.adapters.log_reader import LogReader
from services.feed.adapters.repositories import subscription_of
from services.feed.domain.subscription import Subscription

_SUBSCRIPTION = "SELECT * FROM subscription WHERE tenant_id = $1 AND subscription_id = $2"
_SUBSCRIPTIONS = """
SELECT * FROM subscription WHERE tenant_id = $1 ORDER BY created_at DESC, subscription_id LIMIT $2 OFFSET $3
"""


class PostgresQueries(LogReader):
    """Subscriptions, and the log that they read."""

    async def subscription(self, tenant_id: UUID, subscription_id: UUID) -> Subscription | None:
        """A subscription."""
        row: Mapping[str, Any] | None = await self._connection.fetchrow(
            _SUBSCRIPTION, tenant_id, subscription_id
        )
        return subscription_of(row) if row else None

    async def subscriptions(self, tenant_id: UUID, limit: int, offset: int) -> list[Subscription]:
        """The subscriptions of a tenant, newest first."""
        rows = await self._connection.fetch(_SUBSCRIPTIONS, tenant_id, limit, offset)
        return [subscription_of(row) for row in rows]
