"""Dead letters: kept whole, to be looked at, driven again or discarded by an operator, who is named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.inbox.records import Failure, columns

_BURY = text(
    """
    INSERT INTO dead_letter (topic, partition, "offset", key, headers, value, error, attempts)
    VALUES (:topic, :partition, :offset, :key, CAST(:headers AS jsonb), :value, :error, :attempts)
    ON CONFLICT DO NOTHING
    """
)
_CHOSEN = """
    (CAST(:ids AS bigint[]) IS NULL OR id = ANY(CAST(:ids AS bigint[])))
    AND (CAST(:topic AS text) IS NULL OR topic = :topic)
    AND (CAST(:type AS text) IS NULL OR headers @> jsonb_build_array(jsonb_build_array('ce_type', :type)))
    AND (CAST(:tenant AS text) IS NULL OR headers @> jsonb_build_array(jsonb_build_array('ce_tenantid', :tenant)))
    AND (CAST(:error AS text) IS NULL OR position(:error IN error) > 0)
    AND (discarded_at IS NOT NULL) = :discarded
"""
_LIST = text(
    f"""
    SELECT id, topic, partition, "offset", headers, error, attempts, failed_at, discarded_at
    FROM dead_letter WHERE {_CHOSEN} ORDER BY id LIMIT :limit OFFSET :skip
    """
)
_GET = text("SELECT * FROM dead_letter WHERE id = :id")
_REDRIVE = text(
    f"""
    WITH gone AS (DELETE FROM dead_letter WHERE {_CHOSEN} RETURNING *)
    INSERT INTO parked (topic, partition, "offset", key, headers, value, error, attempts, due_at)
    SELECT topic, partition, "offset", key, headers, value, error, 0, now() FROM gone
    ON CONFLICT DO NOTHING RETURNING "offset"
    """
)
_DISCARD = text(f"UPDATE dead_letter SET discarded_at = now() WHERE {_CHOSEN} RETURNING id")
_NOTE = text(
    "INSERT INTO operation (operator, action, subject, reason) VALUES (:operator, :action, :subject, :reason)"
)
_OPERATIONS = text("SELECT * FROM operation ORDER BY id DESC LIMIT :limit OFFSET :skip")
_FORGET = text("DELETE FROM dead_letter WHERE discarded_at < :before")
_OF_KEYS = "topic = :topic AND key = ANY(CAST(:keys AS bytea[]))"
_ERASE = text(
    f"""
    WITH waiting AS (DELETE FROM parked WHERE {_OF_KEYS}) DELETE FROM dead_letter WHERE {_OF_KEYS}
    """
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters are meant: those that match all that is given."""

    ids: tuple[int, ...] | None = None
    topic: str | None = None
    type: str | None = None
    tenant: str | None = None
    error: str | None = None
    discarded: bool = False

    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        return {
            "ids": None if self.ids is None else list(self.ids),
            "topic": self.topic,
            "type": self.type,
            "tenant": self.tenant,
            "error": self.error,
            "discarded": self.discarded,
        }


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operator did to a subject, and why."""

    operator: str
    action: str
    subject: str
    reason: str


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


async def redrive(connection: AsyncConnection, choice: Choice) -> int:
    """Have the worker handle the letters meant again, in their order; returns how many."""
    return len((await connection.execute(_REDRIVE, choice.parameters())).all())


async def discard(connection: AsyncConnection, choice: Choice) -> int:
    """Give the letters meant up; they are kept for a time. Returns how many."""
    return len((await connection.execute(_DISCARD, choice.parameters())).all())


async def note(connection: AsyncConnection, operation: Operation) -> None:
    """Write down what an operator did."""
    row = {
        "operator": operation.operator,
        "action": operation.action,
        "subject": operation.subject,
        "reason": operation.reason,
    }
    await connection.execute(_NOTE, row)


async def operations(connection: AsyncConnection, *, limit: int, skip: int) -> Sequence[Any]:
    """What operators did, newest first."""
    return (await connection.execute(_OPERATIONS, {"limit": limit, "skip": skip})).all()


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Drop what was discarded before."""
    await connection.execute(_FORGET, {"before": before})


async def erase(connection: AsyncConnection, topic: str, keys: Collection[str]) -> None:
    """Keep no record of these keys of a topic, neither dead nor waiting."""
    await connection.execute(_ERASE, {"topic": topic, "keys": [key.encode() for key in keys]})
