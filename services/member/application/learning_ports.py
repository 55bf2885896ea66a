"""What the use cases of competence profiles and mandatory training need from the outside."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.member.application.learning_queries import LearningQueries
from services.member.application.ports import UnitOfWork
from services.member.application.queries import Queries
from services.member.domain.competence import Assessment, CompetenceModel, TargetProfile
from services.member.domain.group_figures import Batch, Value
from services.member.domain.learning_rules import LearningRules
from services.member.domain.mandatory_training import MandatoryTraining
from services.member.domain.reading import Reading


class Competences(Protocol):
    """The copy of the competences that the catalogue's models have."""

    async def learn(self, models: Sequence[tuple[CompetenceModel, int]]) -> None:
        """Keep models with the sequence number of their event; older ones change nothing."""

    async def known(self, competence_ids: Collection[UUID]) -> frozenset[UUID]:
        """Those that the tenant may name."""


class Assessments(Protocol):
    """What was said of people's competences. Whoever adds holds the tenant's lock."""

    async def add(self, assessments: Collection[Assessment]) -> None:
        """Keep new ones."""

    async def of_person(self, person_id: UUID) -> Sequence[Assessment]:
        """All of a person, newest first."""

    async def waiting(self, competence_ids: Collection[UUID]) -> Sequence[Value]:
        """What no batch has counted yet, of people with a job family."""

    async def count(self, batch: Batch, assessment_ids: Collection[UUID]) -> None:
        """Keep a batch, and that these are in it or replaced by what is."""

    async def delete_before(self, tenant_id: UUID, moment: datetime) -> int:
        """Delete what was recorded earlier; returns how many."""

    async def delete_of(self, tenant_id: UUID, person_ids: Collection[UUID]) -> None:
        """Delete all of these people."""


class TargetProfiles(Protocol):
    """What job families want of their people."""

    async def latest(self, job_family_id: UUID) -> TargetProfile | None:
        """The version that holds."""

    async def add(self, profile: TargetProfile) -> None:
        """Keep a new version."""


class MandatoryTrainings(Protocol):
    """The tenant's list."""

    async def get(self, training_id: UUID) -> MandatoryTraining | None:
        """A training, dropped or not."""

    async def save(self, training: MandatoryTraining) -> None:
        """Keep a new or changed training."""


class Rules(Protocol):
    """What tenants agreed about learning data."""

    async def get(self, tenant_id: UUID) -> LearningRules:
        """The tenant's rules; the usual ones where it has none."""

    async def save(self, rules: LearningRules, now: datetime) -> None:
        """Keep the tenant's rules."""


class ReadingLog(Protocol):
    """Who read personal learning data. It only grows."""

    async def add(self, readings: Sequence[Reading]) -> None:
        """Note what is read in this transaction."""


class Staff(Protocol):
    """The tenant's people as its organisation has them."""

    async def has_job_family(self, job_family_id: UUID) -> bool:
        """Whether the tenant has it."""

    async def job_family_of(self, person_id: UUID) -> UUID | None:
        """What the person works as, if that is known."""

    async def led_by(self, leader_id: UUID) -> frozenset[UUID]:
        """Who is there of the units that somebody leads, and of those below; never the leader."""


class LearningUnit(UnitOfWork, Protocol):
    """One transaction that concerns learning data."""

    @property
    def competences(self) -> Competences:
        """The competences that there are."""

    @property
    def assessments(self) -> Assessments:
        """What was said of people's competences."""

    @property
    def target_profiles(self) -> TargetProfiles:
        """What job families want."""

    @property
    def trainings(self) -> MandatoryTrainings:
        """The mandatory trainings."""

    @property
    def learning_rules(self) -> Rules:
        """The rules for learning data."""

    @property
    def reading_log(self) -> ReadingLog:
        """The log of who read what."""

    @property
    def staff(self) -> Staff:
        """Job families and leaders."""

    @property
    def queries(self) -> Queries:
        """Reading of people and their records."""

    @property
    def learning_queries(self) -> LearningQueries:
        """Reading of learning data that is of nobody, or of many."""
