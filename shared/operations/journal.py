"""What operators did, written in the transaction of what they did; searched, and exported."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_NOTE = text(
    "INSERT INTO operation (operator, action, subject, reason) VALUES (:operator, :action, :subject, :reason)"
)
_CHOSEN = """
    (CAST(:operator AS text) IS NULL OR operator = :operator)
    AND (CAST(:action AS text) IS NULL OR action = :action)
    AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
    AND (CAST(:words AS text) IS NULL OR position(lower(:words) IN lower(subject || ' ' || reason)) > 0)
"""
_PAGE = text(f"SELECT * FROM operation WHERE {_CHOSEN} ORDER BY id DESC LIMIT :limit OFFSET :skip")
_ALL = text(f"SELECT * FROM operation WHERE {_CHOSEN} ORDER BY id")


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operator did to a subject, and why."""

    operator: str
    action: str
    subject: str
    reason: str = "-"


@dataclass(frozen=True, slots=True)
class Search:
    """Which operations are meant: those that match all that is given; `words` stand in subject or reason."""

    operator: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str | None = None

    def parameters(self) -> Mapping[str, Any]:
        """For the statements."""
        return {
            "operator": self.operator,
            "action": self.action,
            "since": self.since,
            "until": self.until,
            "words": self.words,
        }


async def note(connection: AsyncConnection, operation: Operation) -> None:
    """Write down what an operator did."""
    row = {
        "operator": operation.operator,
        "action": operation.action,
        "subject": operation.subject,
        "reason": operation.reason,
    }
    await connection.execute(_NOTE, row)


async def page(
    connection: AsyncConnection, search: Search, *, limit: int, skip: int
) -> Sequence[Any]:
    """What operators did, newest first."""
    row = {**search.parameters(), "limit": limit, "skip": skip}
    return (await connection.execute(_PAGE, row)).all()


async def everything(connection: AsyncConnection, search: Search) -> AsyncIterator[Any]:
    """All of it, oldest first, without holding it in memory."""
    async for row in await connection.stream(_ALL, search.parameters()):
        yield row
