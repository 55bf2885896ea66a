"""The copy of whose account is whose, on PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters.giving_tables import account as table
from services.voucher.application.giving_ports import LinkedAccount
from shared.database.bulk import upsert


class AccountRepository:
    """Accounts of the people of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def person_of(self, tenant_id: UUID, account: str) -> UUID | None:
        """The person behind an account, if the tenant has told."""
        query = select(table.c.person_id).where(
            table.c.tenant_id == tenant_id, table.c.account == account
        )
        found: UUID | None = (await self._connection.execute(query)).scalars().first()
        return found

    async def learn(self, accounts: Sequence[LinkedAccount]) -> None:
        """Keep whose account is whose; what is older than what is kept changes nothing."""
        rows = [
            {
                "tenant_id": each.tenant_id,
                "person_id": each.person_id,
                "account": each.account,
                "version": each.sequence,
            }
            for each in accounts
        ]
        await upsert(self._connection, table, rows, newer_by="version", or_as_new=True)
