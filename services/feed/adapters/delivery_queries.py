"""What a tenant sees of its webhooks, read on asyncpg itself (ADR 0012)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.feed.adapters.endpoint_repository import endpoint_of, secret_of
from services.feed.adapters.replay_rows import replay_of
from services.feed.adapters.webhook_reads import WebhookReads
from services.feed.domain.endpoint import Endpoint
from services.feed.domain.replay import Replay
from services.feed.domain.secret import Secret
from services.feed.domain.subscription import Subscription

#: What the outcome of the last attempt says of the delivery.
STATUSES = {"delivered": "delivered", "failed": "retrying", "exhausted": "exhausted"}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries are wanted; None stands for any."""

    status: str | None = None
    type: str | None = None
    aggregate: str | None = None
    since: datetime | None = None
    before: datetime | None = None


# What was sent, by its last attempt, and what waits behind it without having been sent.
_DELIVERIES = """
WITH sent AS (
    SELECT DISTINCT ON (position, event_id) position, event_id, type, aggregate, outcome, number AS attempts, at,
           status AS answer_status, error_class
    FROM attempt
    WHERE tenant_id = $1 AND subscription_id = $2
      AND ($4::text IS NULL OR type = $4) AND ($5::text IS NULL OR aggregate = $5)
    ORDER BY position DESC, event_id, at DESC
), held AS (
    SELECT log.position, log.event_id, log.type, log.aggregate, 'held' AS outcome, 0 AS attempts, log.recorded_at AS at,
           NULL::integer AS answer_status, NULL::text AS error_class
    FROM failing_key AS key, unnest(key.positions) WITH ORDINALITY AS waiting(position, turn)
    JOIN log ON log.tenant_id = $1 AND log.position = waiting.position
    WHERE key.tenant_id = $1 AND key.subscription_id = $2 AND (turn > 1 OR key.attempts = 0)
      AND ($4::text IS NULL OR log.type = $4) AND ($5::text IS NULL OR log.aggregate = $5)
), deliveries AS (
    SELECT * FROM sent WHERE position IS NULL OR position NOT IN (SELECT position FROM held)
    UNION ALL SELECT * FROM held
)
SELECT deliveries.*, key.next_attempt_at
FROM deliveries
LEFT JOIN failing_key AS key ON key.tenant_id = $1 AND key.subscription_id = $2
    AND deliveries.outcome = 'failed' AND key.aggregate = deliveries.aggregate AND key.positions[1] = deliveries.position
WHERE ($3::text IS NULL OR outcome = $3)
  AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
ORDER BY position DESC NULLS FIRST, at DESC LIMIT $8 OFFSET $9
"""
_ATTEMPTS = """
SELECT * FROM attempt WHERE tenant_id = $1 AND subscription_id = $2 AND event_id = $3 ORDER BY at, number LIMIT 500
"""
_ENDPOINT = "SELECT * FROM endpoint WHERE tenant_id = $1 AND subscription_id = $2"
_SECRETS = """
SELECT * FROM endpoint_secret WHERE tenant_id = $1 AND subscription_id = $2 AND (ends_at IS NULL OR ends_at > $3)
ORDER BY made_at DESC
"""
_REPLAYS = """
SELECT * FROM delivery_replay WHERE tenant_id = $1 AND subscription_id = $2 ORDER BY created_at DESC LIMIT $3 OFFSET $4
"""


class DeliveryQueries(WebhookReads):
    """Endpoints, deliveries, attempts and replays of the tenants that the transaction acts for."""

    async def endpoint(self, subscription: Subscription) -> Endpoint | None:
        """Where a subscription's events go."""
        row = await self._connection.fetchrow(_ENDPOINT, *_key(subscription))
        return endpoint_of(row) if row else None

    async def secrets(self, subscription: Subscription, now: datetime) -> Sequence[Secret]:
        """Those that sign at this time, newest first."""
        rows = await self._connection.fetch(_SECRETS, *_key(subscription), now)
        return [secret_of(row) for row in rows]

    async def deliveries(
        self, subscription: Subscription, wanted: Filter, limit: int, offset: int
    ) -> Sequence[Any]:
        """The newest of the log first; tests and verifications before them."""
        outcome = {status: outcome for outcome, status in STATUSES.items()} | {"held": "held"}
        return list(
            await self._connection.fetch(
                _DELIVERIES,
                *_key(subscription),
                outcome[wanted.status] if wanted.status else None,
                wanted.type,
                wanted.aggregate,
                wanted.since,
                wanted.before,
                limit,
                offset,
            )
        )

    async def attempts(self, subscription: Subscription, event_id: UUID) -> Sequence[Any]:
        """Every attempt of an event, in order."""
        return list(await self._connection.fetch(_ATTEMPTS, *_key(subscription), event_id))

    async def replays(
        self, subscription: Subscription, limit: int, offset: int
    ) -> Sequence[Replay]:
        """The newest first."""
        rows = await self._connection.fetch(_REPLAYS, *_key(subscription), limit, offset)
        return [replay_of(row) for row in rows]


def _key(subscription: Subscription) -> tuple[UUID, UUID]:
    return subscription.tenant_id, subscription.subscription_id
