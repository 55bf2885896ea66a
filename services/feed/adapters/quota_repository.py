"""Quotas on PostgreSQL, in the row of the tenant's counters, where readers find them."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.domain.quota import Quota

_LEARN = text(
    """
    INSERT INTO tenant_feed AS feed
        (tenant_id, last_at, day, events_per_day, subscriptions, quota_version)
    SELECT tenant_id, now(), (now() AT TIME ZONE 'UTC')::date, events_per_day, subscriptions, version
    FROM unnest(
        CAST(:tenants AS uuid[]), CAST(:events AS integer[]), CAST(:subscriptions AS integer[]),
        CAST(:versions AS bigint[])
    ) AS told(tenant_id, events_per_day, subscriptions, version)
    ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET
        events_per_day = EXCLUDED.events_per_day, subscriptions = EXCLUDED.subscriptions,
        quota_version = EXCLUDED.quota_version
    WHERE feed.quota_version <= EXCLUDED.quota_version
    """
)


class QuotaRepository:
    """How much of the feed each tenant may use."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def learn(self, quotas: Sequence[tuple[Quota, int]]) -> None:
        """Keep quotas; what is older than what is kept changes nothing."""
        in_order = sorted(quotas, key=lambda told: told[1])
        newest = {quota.tenant_id: (quota, sequence) for quota, sequence in in_order}.values()
        row = {
            "tenants": [quota.tenant_id for quota, _ in newest],
            "events": [quota.events_per_day for quota, _ in newest],
            "subscriptions": [quota.subscriptions for quota, _ in newest],
            "versions": [sequence for _, sequence in newest],
        }
        await self._connection.execute(_LEARN, row)
