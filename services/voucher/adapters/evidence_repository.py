"""The evidence on PostgreSQL, numbered within its programme in the order in which it came to be."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import proof_tables as tables
from services.voucher.domain.evidence import Evidence
from shared.database.bulk import insert


class EvidenceRepository:
    """Evidence is only ever added."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, evidence: Sequence[Evidence]) -> None:
        """Keep new evidence; programmes are locked in one order, so that nobody deadlocks."""
        by_programme: dict[tuple[UUID, UUID], list[Evidence]] = {}
        for each in evidence:
            by_programme.setdefault((each.programme_id, each.funder_id), []).append(each)
        for (programme_id, funder_id), lines in sorted(by_programme.items()):
            last = await self._count_on(funder_id, programme_id, len(lines))
            rows = [
                {
                    "tenant_id": funder_id,
                    "programme_id": programme_id,
                    "number": number,
                    "voucher_id": line.voucher_id,
                    "credential_id": line.credential_id,
                    "kind": line.finding,
                    "at": line.at,
                    "event_id": line.event_id,
                }
                for number, line in enumerate(lines, last - len(lines) + 1)
            ]
            await insert(self._connection, tables.credential_evidence, rows)

    async def entries(self, programme_id: UUID) -> int:
        """How many lines a programme has; none is added below that number any more."""
        table = tables.evidence_book
        query = select(table.c.entries).where(table.c.programme_id == programme_id)
        return (await self._connection.execute(query)).scalar() or 0

    async def _count_on(self, funder_id: UUID, programme_id: UUID, lines: int) -> int:
        table = tables.evidence_book
        first = insert_into(table).values(
            tenant_id=funder_id, programme_id=programme_id, entries=lines
        )
        counted = first.on_conflict_do_update(
            index_elements=[table.c.tenant_id, table.c.programme_id],
            set_={"entries": table.c.entries + lines},
        )
        entries: int = (
            await self._connection.execute(counted.returning(table.c.entries))
        ).scalar_one()
        return entries
