"""Deliveries on their way: attempts, the keys that wait, and replays."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.adapters import tables
from services.feed.adapters.replay_rows import filter_of
from services.feed.domain.attempt import Attempt
from services.feed.domain.failing_key import FailingKey
from services.feed.domain.replay import Replay
from services.feed.domain.subscription import Subscription
from shared.database.bulk import Row, insert

_FORGET_KEYS = text(
    """
    DELETE FROM failing_key
    WHERE tenant_id = :tenant_id AND subscription_id = :subscription_id AND aggregate = ANY(CAST(:aggregates AS text[]))
    """
)
# positions is an array: unnest would take it apart, so keys are written one by one. There are few.
_PUT_KEY = text(
    """
    INSERT INTO failing_key (tenant_id, subscription_id, aggregate, positions, attempts, next_attempt_at, since)
    VALUES (:tenant_id, :subscription_id, :aggregate, CAST(:positions AS bigint[]), :attempts, :next_attempt_at, :since)
    ON CONFLICT (tenant_id, subscription_id, aggregate) DO UPDATE SET positions = EXCLUDED.positions,
        attempts = EXCLUDED.attempts, next_attempt_at = EXCLUDED.next_attempt_at, since = EXCLUDED.since
    """
)
_BEGIN_ANEW = text(
    """
    UPDATE failing_key SET attempts = 0, next_attempt_at = :now
    WHERE tenant_id = :tenant_id AND subscription_id = :subscription_id
    """
)
_ADD_REPLAY = text(
    """
    INSERT INTO delivery_replay
        (tenant_id, replay_id, subscription_id, filter, up_to_position, position, count, done, status, created_by, created_at)
    VALUES (:tenant_id, :replay_id, :subscription_id, CAST(:filter AS jsonb), :up_to_position, :position, :count, :done,
            :status, :created_by, :created_at)
    ON CONFLICT (tenant_id, subscription_id) WHERE status = 'running' DO NOTHING
    RETURNING replay_id
    """
)
_SAVE_REPLAY = text(
    """
    UPDATE delivery_replay SET position = :position, done = :done, status = :status
    WHERE tenant_id = :tenant_id AND replay_id = :replay_id
    """
)


class DeliveryRepository:
    """The deliveries of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, subscription: Subscription, attempts: Sequence[Attempt]) -> None:
        """Keep attempts."""
        rows = [_attempt_row(subscription, each) for each in attempts]
        await insert(self._connection, tables.attempt, rows)

    async def save_keys(self, subscription: Subscription, keys: Collection[FailingKey]) -> None:
        """Keep what waits, and forget the keys for which nothing waits any more."""
        over = [key.aggregate for key in keys if key.is_empty]
        if over:
            await self._connection.execute(_FORGET_KEYS, _key(subscription) | {"aggregates": over})
        rows = [_key_row(subscription, key) for key in keys if not key.is_empty]
        if rows:
            await self._connection.execute(_PUT_KEY, rows)

    async def begin_anew(self, subscription: Subscription, now: datetime) -> None:
        """Whatever waits may be sent at once, as if for the first time."""
        await self._connection.execute(_BEGIN_ANEW, _key(subscription) | {"now": now})

    async def next_attempt_at(self, subscription: Subscription) -> datetime | None:
        """When the first of what waits is sent again."""
        column = tables.failing_key.c
        query = select(func.min(column.next_attempt_at)).where(
            column.tenant_id == subscription.tenant_id,
            column.subscription_id == subscription.subscription_id,
        )
        found: datetime | None = (await self._connection.execute(query)).scalar_one()
        return found

    async def add_replay(self, subscription: Subscription, replay: Replay) -> bool:
        """Keep a new one; False while another is running."""
        row = {
            **_key(subscription),
            "replay_id": replay.replay_id,
            "filter": filter_of(replay.wanted),
            "up_to_position": replay.up_to_position,
            "position": replay.position,
            "count": replay.count,
            "done": replay.done,
            "status": replay.status,
            "created_by": replay.created_by,
            "created_at": replay.created_at,
        }
        return (await self._connection.execute(_ADD_REPLAY, row)).first() is not None

    async def save_replay(self, subscription: Subscription, replay: Replay) -> None:
        """Keep how far it has come."""
        row = {
            "tenant_id": subscription.tenant_id,
            "replay_id": replay.replay_id,
            "position": replay.position,
            "done": replay.done,
            "status": replay.status,
        }
        await self._connection.execute(_SAVE_REPLAY, row)


def _key(subscription: Subscription) -> Row:
    return {
        "tenant_id": subscription.tenant_id,
        "subscription_id": subscription.subscription_id,
    }


def _key_row(subscription: Subscription, key: FailingKey) -> Row:
    return {
        **_key(subscription),
        "aggregate": key.aggregate,
        "positions": key.positions,
        "attempts": key.attempts,
        "next_attempt_at": key.next_attempt_at,
        "since": key.since,
    }


def _attempt_row(subscription: Subscription, attempt: Attempt) -> Row:
    return {
        **_key(subscription),
        "day": attempt.at.date(),
        "event_id": attempt.event_id,
        "position": attempt.position,
        "aggregate": attempt.aggregate,
        "type": attempt.type,
        "number": attempt.number,
        "trigger": attempt.trigger,
        "at": attempt.at,
        "milliseconds": attempt.result.milliseconds,
        "outcome": attempt.outcome,
        "status": attempt.result.status,
        "error_class": attempt.result.error_class,
        "answer_start": attempt.result.answer_start,
    }
