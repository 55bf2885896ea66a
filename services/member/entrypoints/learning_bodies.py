"""The bodies of the addresses for competence profiles and the rules that protect them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self, TypeVar
from uuid import UUID, uuid4

from pydantic import Field, field_validator

from services.member.application.read_learning_data import Duty, Profile
from services.member.application.record_assessments import Finding
from services.member.domain.competence import (
    HIGHEST_LEVEL,
    LOWEST_LEVEL,
    MAX_REQUIREMENTS,
    Assessment,
    Instrument,
    Source,
    Standing,
    TargetProfile,
)
from services.member.domain.learning_rules import (
    LONGEST_KEEP_DAYS,
    SHORTEST_KEEP_DAYS,
    USUAL_KEEP_DAYS,
    LearningRules,
    WorksAgreement,
)
from services.member.domain.reading import Purpose, Subject
from shared.http.fields import Body, Key, Moment, Name, View

Level = Annotated[
    Decimal,
    Field(ge=LOWEST_LEVEL, le=HIGHEST_LEVEL, decimal_places=2, description="From 1 to 8"),
]
SemLevels = Annotated[
    Decimal,
    Field(ge=0, le=HIGHEST_LEVEL, decimal_places=2, description="Standard error, in levels"),
]


class CompetenceLevelBody(Body):
    """A level in a competence of the catalogue."""

    competence_id: UUID
    level: Level


class MeasuredLevelBody(CompetenceLevelBody):
    """A measured level with its precision."""

    sem_levels: SemLevels


L = TypeVar("L", bound=CompetenceLevelBody)


def _each_once(levels: tuple[L, ...]) -> tuple[L, ...]:
    if len({each.competence_id for each in levels}) < len(levels):
        raise ValueError("a competence is named twice; name each once")
    return levels


class LevelsBody(Body):
    """Levels in several competences."""

    levels: Annotated[
        tuple[CompetenceLevelBody, ...], Field(min_length=1, max_length=MAX_REQUIREMENTS)
    ]

    _once = field_validator("levels")(_each_once)

    def findings(self) -> list[Finding]:
        """What was found, with new ids."""
        return [Finding(uuid4(), uuid4(), each.competence_id, each.level) for each in self.levels]


class TargetProfileBody(Body):
    """What a job family wants of its people; what is not named is not wanted."""

    levels: Annotated[tuple[CompetenceLevelBody, ...], Field(max_length=MAX_REQUIREMENTS)]

    _once = field_validator("levels")(_each_once)


class MeasurementBody(Body):
    """What an instrument measured of a person."""

    person_id: UUID
    instrument: Name
    instrument_version: Key
    measured_at: Moment
    levels: Annotated[
        tuple[MeasuredLevelBody, ...], Field(min_length=1, max_length=MAX_REQUIREMENTS)
    ]

    _once = field_validator("levels")(_each_once)

    def findings(self) -> list[Finding]:
        """What was found, with new ids."""
        return [
            Finding(
                uuid4(),
                uuid4(),
                each.competence_id,
                each.level,
                Instrument(self.instrument, self.instrument_version, each.sem_levels),
            )
            for each in self.levels
        ]


class RulesBody(Body):
    """What was agreed about learning data. Without leader_agreement leaders assess nobody."""

    leader_agreement: Name | None = None
    leader_agreed_on: date | None = None
    keep_days: Annotated[int, Field(ge=SHORTEST_KEEP_DAYS, le=LONGEST_KEEP_DAYS)] = USUAL_KEEP_DAYS

    def rules(self, tenant_id: UUID) -> LearningRules:
        """The rules in the domain's words. Raises InvalidRulesError."""
        agreement = WorksAgreement.of(self.leader_agreement, self.leader_agreed_on)
        return LearningRules(tenant_id, agreement, self.keep_days)


class TrainingBody(Body):
    """A training that people must have passed: one offer, or whatever has this name."""

    name: Name
    offer_id: UUID | None = None
    valid_days: Annotated[int, Field(ge=1, le=36_500)] | None = None


class RulesView(View):
    """What was agreed about learning data; every employee may read it."""

    leader_agreement: str | None
    leader_agreed_on: date | None
    keep_days: int

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of rules."""
        assert isinstance(source, LearningRules)
        agreement = source.leader_agreement
        return cls(
            leader_agreement=agreement.reference if agreement else None,
            leader_agreed_on=agreement.agreed_on if agreement else None,
            keep_days=source.keep_days,
        )


class CompetenceLevelView(View):
    """A level in a competence."""

    competence_id: UUID
    level: float


class TargetProfileView(View):
    """A version of what a job family wants."""

    job_family_id: UUID
    version: int
    levels: tuple[CompetenceLevelView, ...]
    set_at: datetime

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a target profile."""
        assert isinstance(source, TargetProfile)
        levels = sorted(source.requirements.items())
        return cls(
            job_family_id=source.job_family_id,
            version=source.version,
            levels=tuple(
                CompetenceLevelView(competence_id=each, level=float(level))
                for each, level in levels
            ),
            set_at=source.set_at,
        )


class AssessmentView(View):
    """What was said of the person's level in a competence."""

    assessment_id: UUID
    competence_id: UUID
    source: Source
    level: float
    sem_levels: float | None
    instrument: str | None
    instrument_version: str | None
    assessed_at: datetime
    is_evidence: bool

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of an assessment."""
        assert isinstance(source, Assessment)
        instrument = source.instrument
        return cls(
            assessment_id=source.assessment_id,
            competence_id=source.competence_id,
            source=source.source,
            level=float(source.level),
            sem_levels=float(instrument.sem_levels) if instrument else None,
            instrument=instrument.name if instrument else None,
            instrument_version=instrument.version if instrument else None,
            assessed_at=source.assessed_at,
            is_evidence=source.is_evidence,
        )


class RecordedView(View):
    """How many assessments were kept."""

    person_id: UUID
    recorded: int


class StandingView(View):
    """Where one is in a competence; `gap_levels` is what is missing, where both sides are known."""

    competence_id: UUID
    target_level: float | None
    evidence: AssessmentView | None
    gap_levels: float | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a standing."""
        assert isinstance(source, Standing)
        target, gap = source.target_level, source.gap_levels
        return cls(
            competence_id=source.competence_id,
            target_level=None if target is None else float(target),
            evidence=AssessmentView.of(source.evidence) if source.evidence else None,
            gap_levels=None if gap is None else float(gap),
        )


class ProfileView(View):
    """A person's profile: the widest gap first."""

    person_id: UUID
    job_family_id: UUID | None
    target_version: int | None
    standings: tuple[StandingView, ...]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a profile."""
        assert isinstance(source, Profile)
        target = source.target
        return cls(
            person_id=source.person_id,
            job_family_id=target.job_family_id if target else None,
            target_version=target.version if target else None,
            standings=tuple(StandingView.of(each) for each in source.standings),
        )


class FigureView(View):
    """A figure of a job family: `values` are of five people at least."""

    job_family_id: UUID
    competence_id: UUID
    values: int
    mean_level: float


class TrainingView(View):
    """A mandatory training."""

    training_id: UUID
    name: str
    offer_id: UUID | None
    valid_days: int | None


class DutyView(View):
    """Whether a person has passed a mandatory training."""

    person_id: UUID
    training_id: UUID
    name: str
    is_passed: bool

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a duty."""
        assert isinstance(source, Duty)
        return cls(
            person_id=source.person_id,
            training_id=source.training.training_id,
            name=source.training.name,
            is_passed=source.is_passed,
        )


class ReadingView(View):
    """An entry of the log: which account read what of whom, when and why."""

    reading_id: UUID
    person_id: UUID
    reader: str
    reader_roles: tuple[str, ...]
    what: Subject
    purpose: Purpose
    at: datetime
