"""Reading statements; row-level security decides whose."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import billing_tables as tables
from services.voucher.adapters.statement_rows import statement_of
from services.voucher.adapters.tables import programme
from services.voucher.application.settlement_ports import StatementClaim
from services.voucher.domain.statement import Statement

_AT_ONCE = 5_000


class StatementQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def funder_of(self, programme_id: UUID) -> UUID | None:
        """Whose programme it is."""
        query = select(programme.c.tenant_id).where(programme.c.programme_id == programme_id)
        return (await self._connection.execute(query)).scalar()

    async def statements(
        self, programme_id: UUID | None, limit: int, offset: int
    ) -> Sequence[Statement]:
        """Statements, of one programme or of all, the newest first."""
        table = tables.statement
        query = select(table).order_by(table.c.issued_on.desc(), table.c.number.desc())
        if programme_id:
            query = query.where(table.c.programme_id == programme_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [statement_of(row) for row in rows.mappings()]

    async def statement(self, statement_id: UUID) -> Statement | None:
        """One statement."""
        query = select(tables.statement).where(tables.statement.c.statement_id == statement_id)
        row = (await self._connection.execute(query)).mappings().first()
        return statement_of(row) if row else None

    async def claims(self, statement: Statement) -> AsyncIterator[StatementClaim]:
        """The ledger's entries that a statement settles, in their order."""
        table = tables.statement_claim
        names = [table.c[name] for name in StatementClaim.__annotations__]
        query = (
            select(*names)
            .where(
                table.c.tenant_id == statement.tenant_id,
                table.c.statement_id == statement.statement_id,
            )
            .order_by(table.c.entry)
            .limit(_AT_ONCE)
        )
        after = 0
        while rows := (await self._connection.execute(query.where(table.c.entry > after))).all():
            for row in rows:
                yield StatementClaim(*row)
            after = rows[-1].entry
