"""Writing down what an operator does, in the transaction of what is done."""

import logging

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth.tokens import Caller
from shared.operations import journal
from shared.operations.journal import Operation

log = logging.getLogger(__name__)


async def note(
    connection: AsyncConnection, caller: Caller, action: str, subject: str, reason: str = "-"
) -> None:
    """Keep it with the operator's name, and log it."""
    await journal.note(connection, Operation(caller.subject, action, subject, reason))
    log.info("operator %s: %s %s", caller.subject, action, subject)
