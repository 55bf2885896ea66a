"""Which people's accounts are to be looked at, on PostgreSQL."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.application.access_ports import AccountCheck
from services.member.domain.machine_client import Check
from shared.clock import utc_now
from shared.database.bulk import upsert

# The subject is kept: somebody who is erased has an account still, and no person.
_CHECK = text(
    """
    INSERT INTO account_check (tenant_id, person_id, subject, due_at, attempts)
    SELECT tenant_id, person_id, subject, :now, 0 FROM person
    WHERE person_id = ANY(CAST(:person_ids AS uuid[])) AND subject IS NOT NULL
    ON CONFLICT (tenant_id, person_id)
    DO UPDATE SET subject = EXCLUDED.subject, due_at = EXCLUDED.due_at, attempts = 0, last_error = NULL
    """
)


async def check_accounts(connection: AsyncConnection, person_ids: Collection[UUID]) -> None:
    """Have a worker look at these people's accounts, at once and however often it failed before.

    Call it after a change of people, and before they are erased.
    """
    if person_ids:
        await connection.execute(_CHECK, {"person_ids": list(person_ids), "now": utc_now()})


class AccountCheckRepository:
    """The people whose account's roles are to be written."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, person_id: UUID) -> AccountCheck | None:
        """What is due for a person, locked until the unit of work ends; None when nothing is."""
        table = tables.account_check
        query = select(table).where(table.c.person_id == person_id).with_for_update()
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        check = Check(row.due_at, row.attempts, row.last_error)
        return AccountCheck(row.tenant_id, row.person_id, row.subject, check)

    async def save(self, account: AccountCheck) -> None:
        """Keep what became of it; what is due at no time is forgotten."""
        table = tables.account_check
        due_at: datetime | None = account.check.due_at
        if due_at is None:
            own = (table.c.tenant_id == account.tenant_id, table.c.person_id == account.person_id)
            await self._connection.execute(delete(table).where(*own))
            return
        row = {
            "tenant_id": account.tenant_id,
            "person_id": account.person_id,
            "subject": account.subject,
            "due_at": due_at,
            "attempts": account.check.attempts,
            "last_error": account.check.last_error,
        }
        await upsert(self._connection, table, [row])
