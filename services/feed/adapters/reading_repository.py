"""Readings: claimed by a worker for a while, moved on, given back.

Whatever moves a reading on says who holds it, so that a worker which was away for longer than its
lease changes nothing any more.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.adapters.log import CHANNEL
from services.feed.domain.reading import LEASE, LeaseLostError, Reading, ReadingKey
from services.feed.domain.subscription import Selection, Way

# Whoever was served least recently comes first.
_CLAIM = text(
    """
    WITH due AS (
        SELECT reading.tenant_id, reading.subscription_id,
               GREATEST(reading.position, readable_until(feed)) AS until,
               types, fields, named_people AND named_people_agreed_by IS NOT NULL AS shows_names
        FROM reading JOIN subscription USING (tenant_id, subscription_id)
        JOIN tenant_feed AS feed ON feed.tenant_id = reading.tenant_id
        WHERE reading.way = :way AND reading.leased_until < now()
          AND (reading.resting_until IS NULL OR reading.resting_until <= now())
          AND (reading.position < readable_until(feed) OR reading.due_at <= now())
          AND subscription.status IN ('active', 'cooling')
        ORDER BY reading.leased_until
        LIMIT :at_most
        FOR UPDATE OF reading SKIP LOCKED
    )
    UPDATE reading SET leased_until = now() + CAST(:lease AS interval), holder = :holder, resting_until = NULL
    FROM due
    WHERE reading.tenant_id = due.tenant_id AND reading.subscription_id = due.subscription_id
    RETURNING reading.*, due.until, due.types, due.fields, due.shows_names
    """
)
_RENEW = text(
    """
    UPDATE reading SET leased_until = now() + CAST(:lease AS interval) WHERE holder = :holder AND leased_until > now()
    RETURNING tenant_id, subscription_id
    """
)
_ABANDON = text(
    "UPDATE reading SET leased_until = now(), holder = NULL WHERE holder = :holder AND leased_until > now()"
)
_HELD = """
tenant_id = :tenant_id AND subscription_id = :subscription_id AND holder = :holder AND leased_until > now()
"""
_ADVANCE = text(f"UPDATE reading SET position = GREATEST(position, :position) WHERE {_HELD}")
# What became due while it was held is not forgotten with what was due before.
_RELEASE = text(
    f"""
    UPDATE reading SET position = GREATEST(position, :position), leased_until = now(), holder = NULL,
        due_at = CASE WHEN due_at IS NOT DISTINCT FROM CAST(:was_due_at AS timestamptz)
                      THEN CAST(:due_at AS timestamptz) ELSE LEAST(due_at, CAST(:due_at AS timestamptz)) END,
        resting_until = CAST(:resting_until AS timestamptz)
    WHERE {_HELD}
    """
)
_RESTART = text(
    f"""
    UPDATE reading SET position = LEAST(position, (
        SELECT start_position FROM subscription
        WHERE subscription.tenant_id = reading.tenant_id
          AND subscription.subscription_id = reading.subscription_id
    ))
    WHERE {_HELD} RETURNING position
    """
)
_CALL = text(
    """
    UPDATE reading SET due_at = LEAST(due_at, :at), resting_until = NULL
    WHERE tenant_id = :tenant_id AND subscription_id = :subscription_id
    """
)
_NOTIFY = text("SELECT pg_notify(:channel, '')")


class ReadingRepository:
    """Readings on one connection. What goes across tenants needs an operator's unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, way: Way, holder: UUID, at_most: int) -> Sequence[Reading]:
        """Take readings that have something to do and that nobody holds, for LEASE. Across tenants."""
        values = {"way": way, "holder": holder, "at_most": at_most, "lease": LEASE}
        rows = await self._connection.execute(_CLAIM, values)
        return [_reading(row) for row in rows.mappings()]

    async def renew(self, holder: UUID) -> Collection[ReadingKey]:
        """Hold for LEASE from now on what is still held; returns it. Across tenants."""
        rows = await self._connection.execute(_RENEW, {"holder": holder, "lease": LEASE})
        return {(row.tenant_id, row.subscription_id) for row in rows}

    async def abandon(self, holder: UUID) -> None:
        """Leave to others whatever is still held. Across tenants."""
        await self._connection.execute(_ABANDON, {"holder": holder})

    async def advance(self, reading: Reading, position: int) -> None:
        """Be done with everything up to `position`, and hold it on. Raises LeaseLostError."""
        await self._change(_ADVANCE, reading, position=position)

    async def restart(self, reading: Reading) -> int:
        """Begin anew where the subscription began, and hold it on; returns that position. Raises LeaseLostError."""
        return int((await self._change(_RESTART, reading)).scalar_one())

    async def release(
        self,
        reading: Reading,
        position: int,
        *,
        due_at: datetime | None = None,
        resting_until: datetime | None = None,
    ) -> None:
        """Be done with everything up to `position`, and leave the rest to whoever claims it.

        `due_at`: when it is to be looked at without new events; `resting_until`: not before, whatever
        comes. Raises LeaseLostError.
        """
        await self._change(
            _RELEASE,
            reading,
            position=position,
            due_at=due_at,
            was_due_at=reading.due_at,
            resting_until=resting_until,
        )

    async def call(self, tenant_id: UUID, subscription_id: UUID, at: datetime) -> None:
        """Have a reading looked at by `at`, even one that rests; workers hear of it when this commits."""
        values = {"tenant_id": tenant_id, "subscription_id": subscription_id, "at": at}
        await self._connection.execute(_CALL, values)
        await self._connection.execute(_NOTIFY, {"channel": CHANNEL})

    async def _change(
        self, statement: TextClause, reading: Reading, **values: object
    ) -> CursorResult[Any]:
        key = {
            "tenant_id": reading.tenant_id,
            "subscription_id": reading.subscription_id,
            "holder": reading.holder,
        }
        done = await self._connection.execute(statement, key | values)
        if done.rowcount != 1:
            raise LeaseLostError
        return done


def _reading(row: RowMapping) -> Reading:
    return Reading(
        tenant_id=row["tenant_id"],
        subscription_id=row["subscription_id"],
        way=Way(row["way"]),
        position=row["position"],
        until=row["until"],
        due_at=row["due_at"],
        holder=row["holder"],
        selection=Selection(frozenset(row["types"]), row["fields"]),
        shows_names=row["shows_names"],
    )
