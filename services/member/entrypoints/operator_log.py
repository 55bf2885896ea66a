"""What an operator does to a tenant or an area is written down with the operator's name."""

from uuid import UUID

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.auth.tokens import Caller
from shared.operations import journal
from shared.operations.journal import Operation


async def note(
    work: PostgresUnitOfWork, caller: Caller, action: str, subject: UUID | str, reason: str = "-"
) -> None:
    """Write it down in the same transaction; GET /v1/operations/log shows it."""
    await journal.note(work.connection, Operation(caller.subject, action, str(subject), reason))
