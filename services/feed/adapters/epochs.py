"""Epochs: from a restore of the database to an earlier moment, positions may name other events than before.

A database tells it by its system identifier, which a new cluster has anew, and by its timeline, which
changes when PostgreSQL is recovered to a moment or a standby is promoted.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_PRESENT = text(
    """
    SELECT epoch.number, identity.system_identifier, identity.timeline, epoch.caught_up_at,
           (epoch.system_identifier, epoch.timeline) = (identity.system_identifier, identity.timeline) AS is_current
    FROM (SELECT * FROM epoch ORDER BY number DESC LIMIT 1) AS epoch, database_identity() AS identity
    """
)
_LIST = text("SELECT * FROM epoch ORDER BY number DESC LIMIT :limit OFFSET :skip")
# Nobody appends meanwhile. A number is the second: a later restore never gives one again that was lost by it.
_LOCK = text("LOCK TABLE tenant_feed IN SHARE ROW EXCLUSIVE MODE")
_BEGIN = text(
    """
    INSERT INTO epoch (number, made_at, system_identifier, timeline, reason)
    SELECT GREATEST(max(epoch.number) + 1, extract(epoch FROM clock_timestamp())::bigint),
           clock_timestamp(), identity.system_identifier, identity.timeline, :reason
    FROM database_identity() AS identity LEFT JOIN epoch ON true
    GROUP BY identity.system_identifier, identity.timeline
    RETURNING number
    """
)
_NOTE_POSITIONS = text(
    "INSERT INTO tenant_epoch (tenant_id, number, position) SELECT tenant_id, :number, position FROM tenant_feed"
)
_CAUGHT_UP = text("UPDATE epoch SET caught_up_at = now() WHERE number = :number")
_LAST_ENTRY = text("SELECT max(last_at) FROM tenant_feed")

_TRY_LOCK = text("SELECT pg_try_advisory_lock(720042)")
_UNLOCK = text("SELECT pg_advisory_unlock(720042)")


@dataclass(frozen=True, slots=True)
class Epoch:
    """The newest epoch that is recorded, in the database as it is now.

    `is_current` says whether it is still the database that the epoch began in.
    """

    number: int
    system_identifier: str
    timeline: str
    caught_up_at: datetime | None
    is_current: bool


class EpochGuard:
    """Lets a worker append in the epoch that it began in, and in no other.

    `changed` is called when that is over; it does not return.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self.number: int | None = None

    async def verify(self, connection: AsyncConnection) -> None:
        """Go on, or end the process: the next one records the new epoch and fills the gap first."""
        if self.number is None:
            return
        epoch = await present(connection)
        if not epoch.is_current or epoch.number != self.number:
            self._changed()


async def present(connection: AsyncConnection) -> Epoch:
    """The newest epoch."""
    return Epoch(*(await connection.execute(_PRESENT)).one())


async def begin(connection: AsyncConnection, reason: str) -> int:
    """Begin an epoch, in a transaction of the cooperative's: positions beyond those of now count from here anew."""
    await connection.execute(_LOCK)
    number: int = (await connection.execute(_BEGIN, {"reason": reason})).scalar_one()
    await connection.execute(_NOTE_POSITIONS, {"number": number})
    return number


async def caught_up(connection: AsyncConnection, number: int) -> None:
    """What the restore took from the logs has been appended again."""
    await connection.execute(_CAUGHT_UP, {"number": number})


async def last_entry_at(connection: AsyncConnection) -> datetime | None:
    """When the newest entry of all logs was appended."""
    found: datetime | None = (await connection.execute(_LAST_ENTRY)).scalar_one()
    return found


async def epochs(connection: AsyncConnection, *, limit: int, skip: int) -> Sequence[object]:
    """The epochs, newest first."""
    return (await connection.execute(_LIST, {"limit": limit, "skip": skip})).all()


@asynccontextmanager
async def alone(connection: AsyncConnection) -> AsyncIterator[bool]:
    """Whether this worker is the one that records and fills gaps now."""
    is_alone: bool = (await connection.execute(_TRY_LOCK)).scalar_one()
    try:
        yield is_alone
    finally:
        if is_alone:
            await connection.execute(_UNLOCK)
