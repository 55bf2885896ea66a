"""Reading of learning data on PostgreSQL; row-level security decides what is there to be read."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import learning_tables as tables
from services.member.adapters.learning_repositories import target_profile_of
from services.member.adapters.repositories import record_of
from services.member.adapters.tables import person_record
from services.member.domain.competence import TargetProfile
from services.member.domain.group_figures import Batch
from services.member.domain.mandatory_training import MandatoryTraining
from services.member.domain.reading import Purpose, Reading, Subject
from services.member.domain.record import Completion


class PostgresLearningQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def target_versions(
        self, job_family_id: UUID, limit: int, offset: int
    ) -> Sequence[TargetProfile]:
        """Every version of a job family's target profile, the newest first."""
        table = tables.target_profile
        query = select(table).where(table.c.job_family_id == job_family_id)
        query = query.order_by(table.c.version.desc()).limit(limit).offset(offset)
        rows = (await self._connection.execute(query)).mappings()
        return [target_profile_of(row) for row in rows]

    async def batches(self, competence_id: UUID | None) -> Sequence[Batch]:
        """Closed batches."""
        query = select(tables.group_batch)
        if competence_id:
            query = query.where(tables.group_batch.c.competence_id == competence_id)
        return [Batch(**row) for row in (await self._connection.execute(query)).mappings()]

    async def trainings(self) -> Sequence[MandatoryTraining]:
        """What is mandatory now, by name."""
        table = tables.mandatory_training
        query = select(table).where(table.c.dropped_at.is_(None))
        rows = await self._connection.execute(query.order_by(table.c.name, table.c.training_id))
        return [MandatoryTraining(**row) for row in rows.mappings()]

    async def completions(
        self, person_ids: Collection[UUID]
    ) -> Mapping[UUID, Sequence[Completion]]:
        """What people completed, for those of them who completed anything."""
        query = select(person_record).where(
            person_record.c.person_id == func.any(list(person_ids)),
            person_record.c.completed_at.is_not(None),
        )
        found: dict[UUID, list[Completion]] = {}
        for row in (await self._connection.execute(query)).mappings():
            completion = record_of(row).completion
            if completion:
                found.setdefault(row["person_id"], []).append(completion)
        return found

    async def readings(self, person_id: UUID | None, limit: int, offset: int) -> Sequence[Reading]:
        """The log, newest first; of one person, or of all."""
        table = tables.reading
        query = select(table).order_by(table.c.at.desc(), table.c.reading_id)
        if person_id:
            query = query.where(table.c.person_id == person_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [
            Reading(
                tenant_id=row["tenant_id"],
                reading_id=row["reading_id"],
                person_id=row["person_id"],
                reader=row["reader"],
                reader_roles=frozenset(row["reader_roles"]),
                what=Subject(row["what"]),
                purpose=Purpose(row["purpose"]),
                at=row["at"],
            )
            for row in rows.mappings()
        ]
