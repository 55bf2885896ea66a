"""Epochs: from a restore of the database to an earlier moment, positions may name other events than before."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_NOW = text(
    """
    SELECT (SELECT max(number) FROM epoch) AS number, identity.system_identifier, identity.timeline
    FROM database_identity() AS identity
    """
)


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch by its number, and the database that it began in."""

    number: int
    system_identifier: str
    timeline: str


class EpochGuard:
    """Lets a worker append in the epoch that it began in, and in no other.

    `changed` is called when the database is not that of the epoch any more; it does not return.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self.epoch: Epoch | None = None

    async def verify(self, connection: AsyncConnection) -> None:
        """Go on, or end the process: the next one records the new epoch and fills the gap before it goes on."""
        if self.epoch and await now(connection) != self.epoch:
            self._changed()


async def now(connection: AsyncConnection) -> Epoch:
    """The newest epoch that is recorded (0: none), in the database as it is now."""
    row = (await connection.execute(_NOW)).one()
    return Epoch(row.number or 0, row.system_identifier, row.timeline)
