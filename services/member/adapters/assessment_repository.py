"""What was said of people's competences, on PostgreSQL, and the batches that group figures are made of."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import learning_tables as tables
from services.member.domain.competence import Assessment, Instrument, Source
from services.member.domain.group_figures import Batch, Value
from shared.database.bulk import Row, insert

_WAITING = text(
    """
    SELECT assessment.*, person.job_family_id
    FROM assessment JOIN person USING (tenant_id, person_id)
    WHERE NOT assessment.is_counted AND person.job_family_id IS NOT NULL
    AND assessment.competence_id = ANY(CAST(:competence_ids AS uuid[]))
    """
)


class AssessmentRepository:
    """Assessments, a row each; none is ever changed but for whether a batch has counted it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, assessments: Collection[Assessment]) -> None:
        """Keep new ones."""
        await insert(self._connection, tables.assessment, map(_assessment_row, assessments))

    async def of_person(self, person_id: UUID) -> Sequence[Assessment]:
        """All of a person, newest first."""
        table = tables.assessment
        query = (
            select(table)
            .where(table.c.person_id == person_id)
            .order_by(table.c.recorded_at.desc(), table.c.assessment_id)
        )
        return [_assessment(row) for row in (await self._connection.execute(query)).mappings()]

    async def waiting(self, competence_ids: Collection[UUID]) -> Sequence[Value]:
        """What no batch has counted yet, of people with a job family."""
        rows = await self._connection.execute(_WAITING, {"competence_ids": list(competence_ids)})
        return [Value(row["job_family_id"], _assessment(row)) for row in rows.mappings()]

    async def count(self, batch: Batch, assessment_ids: Collection[UUID]) -> None:
        """Keep a batch, and that these are in it or replaced by what is."""
        table = tables.assessment
        await insert(self._connection, tables.group_batch, [asdict(batch)])
        statement = update(table).where(
            table.c.tenant_id == batch.tenant_id,
            table.c.assessment_id == func.any(list(assessment_ids)),
        )
        await self._connection.execute(statement.values(is_counted=True))

    async def delete_before(self, tenant_id: UUID, moment: datetime) -> int:
        """Delete what was recorded earlier; returns how many."""
        table = tables.assessment
        statement = delete(table).where(
            table.c.tenant_id == tenant_id, table.c.recorded_at < moment
        )
        return (await self._connection.execute(statement)).rowcount

    async def delete_of(self, tenant_id: UUID, person_ids: Collection[UUID]) -> None:
        """Delete all of these people."""
        table = tables.assessment
        statement = delete(table).where(
            table.c.tenant_id == tenant_id, table.c.person_id == func.any(list(person_ids))
        )
        await self._connection.execute(statement)


def _assessment(row: RowMapping) -> Assessment:
    source = Source(row["source"])
    return Assessment(
        tenant_id=row["tenant_id"],
        assessment_id=row["assessment_id"],
        person_id=row["person_id"],
        competence_id=row["competence_id"],
        source=source,
        level=row["level"],
        assessed_at=row["assessed_at"],
        recorded_at=row["recorded_at"],
        instrument=Instrument(row["instrument"], row["instrument_version"], row["sem"])
        if source is Source.MEASUREMENT
        else None,
    )


def _assessment_row(assessment: Assessment) -> Row:
    instrument = assessment.instrument
    return {
        "tenant_id": assessment.tenant_id,
        "assessment_id": assessment.assessment_id,
        "person_id": assessment.person_id,
        "competence_id": assessment.competence_id,
        "source": assessment.source,
        "level": assessment.level,
        "sem": instrument.sem_levels if instrument else None,
        "instrument": instrument.name if instrument else None,
        "instrument_version": instrument.version if instrument else None,
        "assessed_at": assessment.assessed_at,
        "recorded_at": assessment.recorded_at,
        "is_counted": False,
    }
