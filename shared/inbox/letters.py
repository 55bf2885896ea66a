"""Dead letters: kept whole, to be looked at, and to be driven again or discarded by a repair."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.inbox.groups import HELD, OF_GROUP
from shared.inbox.records import Failure, columns

_BURY = text(
    """
    INSERT INTO dead_letter
        (topic, partition, "offset", key, headers, value, error, attempts, group_id, code, place, release)
    VALUES (:topic, :partition, :offset, :key, CAST(:headers AS jsonb), :value, :error, :attempts,
            :group_id, :code, :place, :release)
    ON CONFLICT DO NOTHING
    """
)
_CHOSEN = f"""
    (CAST(:topic AS text) IS NULL OR topic = :topic)
    AND (CAST(:type AS text) IS NULL OR type = :type)
    AND (CAST(:tenant AS text) IS NULL OR tenant = :tenant)
    AND (CAST(:group AS text) IS NULL OR {OF_GROUP})
    AND (CAST(:error AS text) IS NULL OR position(:error IN error) > 0)
    AND (CAST(:id AS bigint) IS NULL OR id = :id)
    AND (CAST(:discarded AS boolean) IS NULL OR (discarded_at IS NOT NULL) = :discarded)
"""
_LIST = text(
    f"""
    WITH letter AS (
        SELECT id, topic, partition, "offset", key, headers, error, attempts, failed_at, discarded_at, group_id, release
        FROM dead_letter WHERE {_CHOSEN} ORDER BY id LIMIT :limit OFFSET :skip
    )
    SELECT letter.*, repair_id, asked_by AS held_by
    FROM letter {HELD} LEFT JOIN repair USING (repair_id) ORDER BY id
    """
)
_GET = text(
    f"""
    SELECT letter.*, repair_id, asked_by AS held_by
    FROM dead_letter AS letter {HELD} LEFT JOIN repair USING (repair_id) WHERE id = :id
    """
)
_FORGET = text("DELETE FROM dead_letter WHERE discarded_at < :before")
_OF_KEYS = "topic = :topic AND key = ANY(CAST(:keys AS bytea[]))"
_ERASE = text(
    f"""
    WITH waiting AS (DELETE FROM parked WHERE {_OF_KEYS}) DELETE FROM dead_letter WHERE {_OF_KEYS}
    """
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters are meant: those that match all that is given; `discarded` None means both."""

    topic: str | None = None
    type: str | None = None
    tenant: str | None = None
    error: str | None = None
    group: str | None = None
    discarded: bool | None = False
    id: int | None = None

    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        return {
            "topic": self.topic,
            "type": self.type,
            "tenant": self.tenant,
            "error": self.error,
            "group": self.group,
            "discarded": self.discarded,
            "id": self.id,
        }


async def bury(connection: AsyncConnection, failures: Sequence[Failure]) -> None:
    """Keep records that could not be handled. Repeating it changes nothing."""
    if failures:
        await connection.execute(_BURY, [columns(each) for each in failures])


async def choose(
    connection: AsyncConnection, choice: Choice, *, limit: int, skip: int
) -> Sequence[Any]:
    """The dead letters meant, oldest first, without their data."""
    return (
        await connection.execute(_LIST, {**choice.parameters(), "limit": limit, "skip": skip})
    ).all()


async def get(connection: AsyncConnection, letter_id: int) -> Any | None:
    """One dead letter, whole."""
    return (await connection.execute(_GET, {"id": letter_id})).first()


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Drop what was discarded before."""
    await connection.execute(_FORGET, {"before": before})


async def erase(connection: AsyncConnection, topic: str, keys: Collection[str]) -> None:
    """Keep no record of these keys of a topic, neither dead nor waiting."""
    await connection.execute(_ERASE, {"topic": topic, "keys": [key.encode() for key in keys]})
