"""The catalogue announces competence models; this service keeps which competences can be named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.member.application.learning_ports import LearningUnit
from services.member.domain.competence import CompetenceModel
from services.member.domain.learning_errors import CompetenceUnknownError


@dataclass(frozen=True, slots=True)
class LearnCompetences:
    """A model as announced, with the announcement's sequence number."""

    model: CompetenceModel
    sequence: int


async def learn_competences(work: LearningUnit, commands: Sequence[LearnCompetences]) -> None:
    """Keep the newest state of each model."""
    await work.competences.learn([(command.model, command.sequence) for command in commands])


async def require_known(work: LearningUnit, competence_ids: Collection[UUID]) -> None:
    """Go on only with competences that the tenant can see. Raises CompetenceUnknownError."""
    known = await work.competences.known(competence_ids)
    if unknown := sorted(set(competence_ids) - known):
        raise CompetenceUnknownError(unknown)
