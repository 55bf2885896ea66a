"""What is read for a tenant, on asyncpg itself."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from services.feed.adapters.log_reader import LogReader
from services.feed.adapters.repositories import subscription_of
from services.feed.domain.person_name import PersonName
from services.feed.domain.subscription import Subscription

_SUBSCRIPTION = "SELECT * FROM subscription WHERE tenant_id = $1 AND subscription_id = $2"
_SUBSCRIPTIONS = """
SELECT * FROM subscription WHERE tenant_id = $1 ORDER BY created_at DESC, subscription_id LIMIT $2 OFFSET $3
"""


_KIND = "SELECT kind FROM tenant WHERE tenant_id = $1"
_NAMES = """
SELECT person_id, given_name, family_name, email FROM person_name
WHERE tenant_id = $1 AND person_id = ANY($2) AND given_name IS NOT NULL
"""


class PostgresQueries(LogReader):
    """Subscriptions, the log that they read, and what people are called in it."""

    async def kind(self, tenant_id: UUID) -> str:
        """The kind of a tenant; empty as long as member has not told of it."""
        return await self._connection.fetchval(_KIND, tenant_id) or ""

    async def names(
        self, tenant_id: UUID, person_ids: Collection[UUID]
    ) -> Mapping[UUID, PersonName]:
        """What people of a tenant are called, of those of whom it is kept."""
        rows = await self._connection.fetch(_NAMES, tenant_id, list(person_ids))
        return {
            row["person_id"]: PersonName(row["given_name"], row["family_name"], row["email"])
            for row in rows
        }

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
