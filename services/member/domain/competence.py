"""How far a person is with a competence, how far the job wants them to be, and what lies between.

A level is a number from 1 to 8 with two decimals, as in DigComp; competences are the catalogue's, by id.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.learning_errors import InvalidAssessmentError, InvalidTargetError

LOWEST_LEVEL, HIGHEST_LEVEL = Decimal(1), Decimal(8)
MAX_REQUIREMENTS = 300
#: A measurement that is less precise than half a level is kept, but says too little to go by.
MAX_EVIDENCE_SEM_LEVELS = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class CompetenceModel:
    """What this service needs to know of a model; the catalogue owns it."""

    tenant_id: UUID
    model_id: UUID
    is_shared: bool
    competence_ids: tuple[UUID, ...]


class Source(StrEnum):
    """Who says so. The first outweighs the second, the second the third, however old it is."""

    MEASUREMENT = "measurement"
    LEADER = "leader"
    SELF = "self"


_PRECEDENCE = tuple(Source)


@dataclass(frozen=True, slots=True)
class Instrument:
    """What measured, in which version, and with which standard error of measurement in levels."""

    name: str
    version: str
    sem_levels: Decimal


@dataclass(frozen=True, slots=True)
class Assessment:
    """A person's level in one competence as somebody saw it at a time. It is never changed."""

    tenant_id: UUID
    assessment_id: UUID
    person_id: UUID
    competence_id: UUID
    source: Source
    level: Decimal
    assessed_at: datetime
    recorded_at: datetime
    instrument: Instrument | None = None

    def __post_init__(self) -> None:
        """Refuse what no scale has. Raises InvalidAssessmentError."""
        if not is_level(self.level):
            raise InvalidAssessmentError("A level lies between 1 and 8, with two decimals at most.")
        if (self.source is Source.MEASUREMENT) != (self.instrument is not None):
            raise InvalidAssessmentError("A measurement, and only one, names its instrument.")
        if self.assessed_at > self.recorded_at:
            raise InvalidAssessmentError("An assessment lies in the past. Correct its time.")

    @property
    def is_evidence(self) -> bool:
        """Whether one can go by it."""
        return self.instrument is None or self.instrument.sem_levels <= MAX_EVIDENCE_SEM_LEVELS

    @property
    def weight(self) -> tuple[int, datetime, datetime, UUID]:
        """What outweighs what: the source, then the newer one."""
        rank = -_PRECEDENCE.index(self.source)
        return rank, self.assessed_at, self.recorded_at, self.assessment_id


@dataclass(frozen=True, slots=True)
class TargetProfile:
    """What a job family wants of its people: a level by competence. A change is a new version."""

    tenant_id: UUID
    job_family_id: UUID
    version: int
    requirements: Mapping[UUID, Decimal]
    set_at: datetime
    set_by: str

    def __post_init__(self) -> None:
        """Refuse levels that nobody can have. Raises InvalidTargetError."""
        if len(self.requirements) > MAX_REQUIREMENTS:
            raise InvalidTargetError(
                f"A target profile has {MAX_REQUIREMENTS} competences at most."
            )
        if not all(map(is_level, self.requirements.values())):
            raise InvalidTargetError("A level lies between 1 and 8, with two decimals at most.")

    def after(self, latest: Self | None) -> Self:
        """The same as the version that follows the latest one."""
        return replace(self, version=latest.version + 1 if latest else 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person is in a competence, beside where the job wants them; either may be unknown."""

    competence_id: UUID
    target_level: Decimal | None
    evidence: Assessment | None

    @property
    def gap_levels(self) -> Decimal | None:
        """The target less the best evidence, in levels; never below zero, unknown without either."""
        if self.target_level is None or self.evidence is None:
            return None
        return max(Decimal(0), self.target_level - self.evidence.level)


def is_level(level: Decimal) -> bool:
    """Whether the scale has it."""
    return LOWEST_LEVEL <= level <= HIGHEST_LEVEL and level == round(level, 2)


def best_evidence(assessments: Collection[Assessment]) -> Assessment | None:
    """What one goes by, among assessments of one competence."""
    evidence = (each for each in assessments if each.is_evidence)
    return max(evidence, key=lambda each: each.weight, default=None)


def standings(
    target: TargetProfile | None, assessments: Collection[Assessment]
) -> tuple[Standing, ...]:
    """Every competence that is wanted or was assessed: the widest gap first, the unknown ones last."""
    requirements = target.requirements if target else {}
    by_competence: dict[UUID, list[Assessment]] = {each: [] for each in requirements}
    for assessment in assessments:
        by_competence.setdefault(assessment.competence_id, []).append(assessment)
    found = (
        Standing(competence_id, requirements.get(competence_id), best_evidence(its))
        for competence_id, its in by_competence.items()
    )
    return tuple(sorted(found, key=_widest_first))


def _widest_first(standing: Standing) -> tuple[bool, Decimal, UUID]:
    gap = standing.gap_levels
    return gap is None, -(gap or Decimal(0)), standing.competence_id
