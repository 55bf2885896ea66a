"""What can be read of learning data; what is of a single person is read through the log."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from services.member.domain.competence import TargetProfile
from services.member.domain.group_figures import Batch
from services.member.domain.mandatory_training import MandatoryTraining
from services.member.domain.reading import Reading
from services.member.domain.record import Completion


class LearningQueries(Protocol):
    """Reading, within the tenants that the transaction acts for."""

    async def target_versions(
        self, job_family_id: UUID, limit: int, offset: int
    ) -> Sequence[TargetProfile]:
        """Every version of a job family's target profile, the newest first."""

    async def batches(self, competence_id: UUID | None) -> Sequence[Batch]:
        """Closed batches."""

    async def trainings(self) -> Sequence[MandatoryTraining]:
        """What is mandatory now, by name."""

    async def completions(
        self, person_ids: Collection[UUID]
    ) -> Mapping[UUID, Sequence[Completion]]:
        """What people completed, for those of them who completed anything."""

    async def readings(self, person_id: UUID | None, limit: int, offset: int) -> Sequence[Reading]:
        """The log, newest first; of one person, or of all."""
