"""What there is to do for a webhook, read at one moment on asyncpg itself (ADR 0012)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.feed.adapters.endpoint_repository import endpoint_of, secret_of
from services.feed.adapters.log_reader import entry_of
from services.feed.adapters.queries import PostgresQueries
from services.feed.adapters.replay_rows import replay_of
from services.feed.adapters.repositories import subscription_of
from services.feed.application.name_entries import names_for
from services.feed.application.queries import LogEntry, Page
from services.feed.application.webhook_ports import Load
from services.feed.domain.breaker import MOST_ATTEMPTS, WINDOW, Recent
from services.feed.domain.failing_key import FailingKey
from services.feed.domain.reading import Reading
from services.feed.domain.replay import Replay, Wanted
from services.feed.domain.subscription import Subscription

#: So many events a round takes on at most, of each kind.
ROUND_EVENTS = 64
#: So many keys, and of each so many events.
ROUND_KEYS, KEY_EVENTS = 16, 8

_SUBSCRIPTION = f"""
SELECT subscription.*, endpoint.url, endpoint.verified_at, endpoint.verification_code_hash, endpoint.failing_since,
       endpoint.last_success_at, endpoint.announced_at, endpoint.tripped, feed.oldest_position,
       recent.attempts, recent.failed,
       EXISTS (SELECT FROM failing_key WHERE tenant_id = $1 AND subscription_id = $2) AS is_waiting,
       EXISTS (
           SELECT FROM delivery_replay WHERE tenant_id = $1 AND subscription_id = $2 AND status = 'running'
       ) AS is_replaying
FROM subscription JOIN endpoint USING (tenant_id, subscription_id) JOIN tenant_feed AS feed USING (tenant_id),
LATERAL (
    SELECT count(*) AS attempts, count(*) FILTER (WHERE outcome <> 'delivered') AS failed
    FROM (
        SELECT outcome FROM attempt
        WHERE tenant_id = $1 AND subscription_id = $2 AND day >= $4 AND trigger <> 'test'
          AND at > GREATEST($3, subscription.status_since)
        ORDER BY at DESC LIMIT {MOST_ATTEMPTS}
    ) AS newest
) AS recent
WHERE tenant_id = $1 AND subscription_id = $2
"""
_SECRETS = """
SELECT * FROM endpoint_secret WHERE tenant_id = $1 AND subscription_id = $2 AND (ends_at IS NULL OR ends_at > $3)
ORDER BY made_at DESC
"""
_KEYS = f"""
SELECT * FROM failing_key WHERE tenant_id = $1 AND subscription_id = $2 ORDER BY next_attempt_at LIMIT {ROUND_KEYS}
"""
_WAITING = """
SELECT * FROM failing_key WHERE tenant_id = $1 AND subscription_id = $2 AND aggregate = ANY($3)
"""
_REPLAY = """
SELECT * FROM delivery_replay WHERE tenant_id = $1 AND subscription_id = $2 AND status = 'running'
"""
_POSITION = "SELECT position FROM reading WHERE tenant_id = $1 AND subscription_id = $2"
_AT = "SELECT * FROM log WHERE tenant_id = $1 AND position = ANY($2) ORDER BY position"
_WANTED = """
FROM log
WHERE tenant_id = $1 AND position > $3 AND position <= $4 AND ($5::text[] IS NULL OR type = ANY($5))
  AND ($6::text IS NULL OR aggregate = $6)
  AND ($7::timestamptz IS NULL OR (recorded_at >= $7 AND day >= ($7 AT TIME ZONE 'UTC')::date))
  AND ($8::timestamptz IS NULL OR (recorded_at < $8 AND day <= ($8 AT TIME ZONE 'UTC')::date))
  AND (NOT $9 OR 'exhausted' = (
      SELECT outcome FROM attempt
      WHERE attempt.tenant_id = $1 AND attempt.subscription_id = $2 AND attempt.position = log.position
      ORDER BY at DESC LIMIT 1
  ))
"""


class WebhookReads(PostgresQueries):
    """Reads of one moment, for the tenants that the transaction acts for."""

    async def load(self, reading: Reading, after: int, now: datetime) -> Load | None:
        """What there is to do after a position; None when there is no endpoint any more."""
        key = (reading.tenant_id, reading.subscription_id)
        since = now - WINDOW
        row = await self._connection.fetchrow(_SUBSCRIPTION, *key, since, since.date())
        if row is None:
            return None
        subscription = subscription_of(row)
        keys = await self._keys(_KEYS, *key) if row["is_waiting"] else []
        page = await self._page(subscription, after)
        replay = await self._replay(*key) if row["is_replaying"] else None
        replayed = await self._replayed(subscription, replay) if replay else []
        aggregates = {entry.aggregate for entry in (*page.entries, *replayed)}
        waiting = await self._keys(_WAITING, *key, aggregates) if keys else []
        held = await self._at(reading.tenant_id, keys) if keys else {}
        secrets = await self._connection.fetch(_SECRETS, *key, now)
        entries = [*page.entries, *replayed, *held.values()]
        return Load(
            subscription=subscription,
            endpoint=endpoint_of(row),
            secrets=[secret_of(each) for each in secrets],
            recent=Recent(row["attempts"], row["failed"]),
            keys=keys,
            page=page,
            waiting=waiting,
            held=held,
            oldest_position=row["oldest_position"],
            replay=replay,
            replayed=replayed,
            names=await names_for(self, subscription, entries),
        )

    async def wanted(self, subscription: Subscription, wanted: Wanted) -> tuple[int, int]:
        """How far the subscription has come, and how many events up to there a replay would send."""
        key = (subscription.tenant_id, subscription.subscription_id)
        position = await self._connection.fetchval(_POSITION, *key)
        values = _values(subscription, wanted, 0, position)
        count = await self._connection.fetchval(f"SELECT count(*) {_WANTED}", *values)
        return position, count

    async def _page(self, subscription: Subscription, after: int) -> Page:
        return await self.page(
            subscription.tenant_id,
            after=after,
            types=subscription.selection.wanted,
            limit=ROUND_EVENTS,
        )

    async def _keys(self, query: str, *values: object) -> list[FailingKey]:
        rows = await self._connection.fetch(query, *values)
        return [
            FailingKey(
                aggregate=row["aggregate"],
                positions=list(row["positions"]),
                next_attempt_at=row["next_attempt_at"],
                since=row["since"],
                attempts=row["attempts"],
            )
            for row in rows
        ]

    async def _at(self, tenant_id: UUID, keys: Sequence[FailingKey]) -> Mapping[int, LogEntry]:
        positions = {position for each in keys for position in each.positions[:KEY_EVENTS]}
        rows = await self._connection.fetch(_AT, tenant_id, list(positions))
        return {row["position"]: entry_of(row) for row in rows}

    async def _replay(self, *key: UUID) -> Replay | None:
        row = await self._connection.fetchrow(_REPLAY, *key)
        return replay_of(row) if row else None

    async def _replayed(self, subscription: Subscription, replay: Replay) -> Sequence[LogEntry]:
        values = _values(subscription, replay.wanted, replay.position, replay.up_to_position)
        query = f"SELECT * {_WANTED} ORDER BY position LIMIT {ROUND_EVENTS}"
        return [entry_of(row) for row in await self._connection.fetch(query, *values)]


def _values(subscription: Subscription, wanted: Wanted, after: int, upto: int) -> Sequence[Any]:
    shown = subscription.selection.wanted
    types = wanted.types if shown is None else shown & (wanted.types or shown)
    return (
        subscription.tenant_id,
        subscription.subscription_id,
        after,
        upto,
        None if types is None else list(types),
        wanted.aggregate,
        wanted.since,
        wanted.before,
        wanted.failed,
    )
