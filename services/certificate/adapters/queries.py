"""Reading on PostgreSQL; row-level security decides what is there to be read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificate.adapters import tables
from services.certificate.adapters.repositories import award_of
from services.certificate.application.queries import AwardProgress
from services.certificate.domain.award import Award, AwardState, Waiting


class PostgresQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def credentials(
        self, person_id: UUID | None, booking_id: UUID | None, limit: int, offset: int
    ) -> Sequence[Award]:
        """The awards that became credentials, newest first."""
        table = tables.award
        query = (
            select(table)
            .where(table.c.credential_id.is_not(None))
            .order_by(table.c.issued_at.desc(), table.c.award_id)
        )
        if person_id:
            query = query.where(table.c.person_id == person_id)
        if booking_id:
            query = query.where(table.c.booking_id == booking_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [award_of(row) for row in rows.mappings()]

    async def credential(self, credential_id: UUID) -> Award | None:
        """The award that became this credential."""
        query = select(tables.award).where(tables.award.c.credential_id == credential_id)
        row = (await self._connection.execute(query)).mappings().first()
        return award_of(row) if row else None

    async def awards(
        self, state: AwardState | None, limit: int, offset: int
    ) -> Sequence[AwardProgress]:
        """Awards, newest first, with what the pending ones wait for."""
        award, person, key = tables.award, tables.person, tables.issuer_key
        is_theirs = and_(
            person.c.tenant_id == award.c.tenant_id, person.c.person_id == award.c.person_id
        )
        is_in_use = and_(key.c.tenant_id == award.c.tenant_id, key.c.retired_at.is_(None))
        query = (
            select(
                award,
                person.c.email.is_not(None).label("has_recipient"),
                key.c.key_id.is_not(None).label("has_key"),
            )
            .outerjoin(person, is_theirs)
            .outerjoin(key, is_in_use)
            .order_by(award.c.completed_at.desc(), award.c.award_id)
        )
        if state:
            query = query.where(award.c.state == state)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [_progress(row) for row in rows.mappings()]


def _progress(row: RowMapping) -> AwardProgress:
    award = award_of(row)
    missing = {Waiting.RECIPIENT: not row["has_recipient"], Waiting.ISSUER_KEY: not row["has_key"]}
    waits = award.state is AwardState.PENDING
    return AwardProgress(
        award, frozenset(what for what, is_missing in missing.items() if waits and is_missing)
    )
