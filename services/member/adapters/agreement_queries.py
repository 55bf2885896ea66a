"""Reading of agreements; row-level security decides what is there to be read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import agreement_tables as tables
from services.member.adapters.agreement_repository import agreement_of, agreements, terms_of
from services.member.application.queries import Revision
from services.member.domain.agreement import Agreement, Status


class PostgresAgreementQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def agreements(
        self, status: Status | None, limit: int, offset: int
    ) -> Sequence[Agreement]:
        """Those that one acts for a party of, or all as the cooperative; the newest first."""
        table = tables.agreement
        query = agreements().order_by(table.c.proposed_at.desc(), table.c.agreement_id)
        if status:
            query = query.where(table.c.status == status)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [agreement_of(row) for row in rows.mappings()]

    async def revisions(self, agreement_id: UUID) -> Sequence[Revision]:
        """Every text that was proposed, the first first."""
        table = tables.agreement_terms
        query = select(table).where(table.c.agreement_id == agreement_id).order_by(table.c.revision)
        rows = (await self._connection.execute(query)).mappings()
        return [
            Revision(row["revision"], row["proposed_at"], terms_of(row["document"])) for row in rows
        ]
