"""What the cooperative's staff sees of subscriptions, read on asyncpg itself (ADR 0012): no event's data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.feed.adapters.delivery_queries import DeliveryQueries

# What a reading has not passed yet is not all for it: which of it is wanted, only reading would tell.
_OVERSEEN = """
SELECT subscription.*, tenant.name AS tenant_name,
       CASE WHEN reading.position IS NOT NULL THEN GREATEST(feed.position - reading.position, 0) END AS behind,
       reading.resting_until,
       endpoint.url, endpoint.verified_at, endpoint.failing_since, endpoint.last_success_at, endpoint.tripped,
       COALESCE(waiting.keys, 0) AS failing_keys, COALESCE(waiting.events, 0) AS waiting_events,
       waiting.next_attempt_at
FROM subscription
LEFT JOIN tenant USING (tenant_id)
LEFT JOIN tenant_feed AS feed USING (tenant_id)
LEFT JOIN reading USING (tenant_id, subscription_id)
LEFT JOIN endpoint USING (tenant_id, subscription_id)
LEFT JOIN LATERAL (
    SELECT count(*) AS keys, sum(cardinality(positions)) AS events, min(next_attempt_at) AS next_attempt_at
    FROM failing_key AS key
    WHERE key.tenant_id = subscription.tenant_id AND key.subscription_id = subscription.subscription_id
) AS waiting ON true
"""
# What waits is counted for the page alone.
_SEARCH = f"""
WITH page AS (
    SELECT subscription.tenant_id, subscription.subscription_id, row_number() OVER (
        ORDER BY endpoint.failing_since NULLS LAST, lower(tenant.name), subscription.created_at,
                 subscription.subscription_id
    ) AS turn
    FROM subscription
    LEFT JOIN tenant USING (tenant_id)
    LEFT JOIN endpoint USING (tenant_id, subscription_id)
    WHERE ($1::uuid IS NULL OR subscription.tenant_id = $1)
      AND ($2::text IS NULL OR subscription.status = $2)
      AND ($3::text IS NULL OR subscription.way = $3)
      AND (NOT $4 OR endpoint.failing_since IS NOT NULL
           OR subscription.status IN ('cooling', 'paused_auto', 'gone')
           OR (subscription.tenant_id, subscription.subscription_id) IN (
               SELECT tenant_id, subscription_id FROM failing_key
           ))
    ORDER BY turn LIMIT $5 OFFSET $6
)
{_OVERSEEN} JOIN page USING (tenant_id, subscription_id) ORDER BY turn
"""
_ONE = f"{_OVERSEEN} WHERE subscription.subscription_id = $1"
_FAILING_KEYS = """
SELECT aggregate, cardinality(positions) AS waiting, attempts, next_attempt_at, since
FROM failing_key WHERE tenant_id = $1 AND subscription_id = $2 ORDER BY since, aggregate LIMIT $3 OFFSET $4
"""


@dataclass(frozen=True, slots=True)
class Search:
    """Which subscriptions are meant; None stands for any. `troubled` are those that fail, rest or were given up."""

    tenant_id: UUID | None = None
    status: str | None = None
    way: str | None = None
    troubled: bool = False


class OversightQueries(DeliveryQueries):
    """Subscriptions of every tenant, for a transaction that acts as the operator."""

    async def overseen(
        self, search: Search, limit: int, offset: int
    ) -> Sequence[Mapping[str, Any]]:
        """Those that have been failing longest first, then by tenant."""
        values = (search.tenant_id, search.status, search.way, search.troubled)
        return list(await self._connection.fetch(_SEARCH, *values, limit, offset))

    async def overseen_one(self, subscription_id: UUID) -> Mapping[str, Any] | None:
        """One of them."""
        row: Mapping[str, Any] | None = await self._connection.fetchrow(_ONE, subscription_id)
        return row

    async def failing_keys(
        self, tenant_id: UUID, subscription_id: UUID, limit: int, offset: int
    ) -> Sequence[Mapping[str, Any]]:
        """The aggregates whose events wait, the longest waiting first."""
        key = (tenant_id, subscription_id)
        return list(await self._connection.fetch(_FAILING_KEYS, *key, limit, offset))
