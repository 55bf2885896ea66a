"""Personal learning data are read: whoever reads, the log knows it, in the same transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.member.application.learning_ports import LearningUnit
from services.member.application.own_person import own_person_id
from services.member.domain.competence import Assessment, Standing, TargetProfile, standings
from services.member.domain.learning_errors import PersonNotFoundError
from services.member.domain.mandatory_training import MandatoryTraining
from services.member.domain.reading import Reader, Subject, readings
from services.member.domain.record import PersonRecord


@dataclass(frozen=True, slots=True)
class Read:
    """Whoever reads, at a time; `reading_id` is new."""

    reader: Reader
    reading_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """Where a person is, beside what the job wants."""

    person_id: UUID
    target: TargetProfile | None
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether a person has passed a mandatory training. Nothing else is told."""

    person_id: UUID
    training: MandatoryTraining
    is_passed: bool


async def read_profile(work: LearningUnit, read: Read, person_id: UUID) -> Profile:
    """A person's profile with its gaps."""
    await _note(work, read, Subject.PROFILE, [person_id])
    family = await work.staff.job_family_of(person_id)
    target = await work.target_profiles.latest(family) if family else None
    assessments = await work.assessments.of_person(person_id)
    return Profile(person_id, target, standings(target, assessments))


async def read_assessments(work: LearningUnit, read: Read, person_id: UUID) -> Sequence[Assessment]:
    """Everything that was said of a person, newest first."""
    await _note(work, read, Subject.ASSESSMENTS, [person_id])
    return await work.assessments.of_person(person_id)


async def read_record(
    work: LearningUnit, read: Read, person_id: UUID
) -> Sequence[PersonRecord] | None:
    """What a person completed, without any score; None when there is no such person."""
    if await work.people.get(person_id) is None:
        return None
    await _note(work, read, Subject.RECORD, [person_id])
    return await work.queries.records(person_id)


async def read_duties_of_led(
    work: LearningUnit, read: Read, person_id: UUID | None = None
) -> Sequence[Duty]:
    """Passed or not passed, of all people whom the reader leads, or of one of them.

    Raises NoPersonOfYoursError, or PersonNotFoundError for somebody whom the reader does not lead.
    """
    leader_id = await own_person_id(work, read.reader.tenant_id, read.reader.subject)
    led = await work.staff.led_by(leader_id)
    if person_id and person_id not in led:
        raise PersonNotFoundError
    return await read_duties(work, read, [person_id] if person_id else led)


async def read_duties(
    work: LearningUnit, read: Read, person_ids: Collection[UUID]
) -> Sequence[Duty]:
    """Passed or not passed, person by person."""
    await _note(work, read, Subject.MANDATORY_TRAINING, person_ids)
    trainings = await work.learning_queries.trainings()
    completions = await work.learning_queries.completions(person_ids)
    return [
        Duty(person_id, training, training.is_passed(completions.get(person_id, ()), read.at))
        for person_id in sorted(person_ids)
        for training in trainings
    ]


async def _note(
    work: LearningUnit, read: Read, what: Subject, person_ids: Collection[UUID]
) -> None:
    entries = readings(read.reader, what, person_ids, read.reading_id, read.at)
    await work.reading_log.add(entries)
