"""Who read what of a person's learning data, and why: an entry of a log that nobody changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5


class Subject(StrEnum):
    """What was read."""

    PROFILE = "profile"
    ASSESSMENTS = "assessments"
    RECORD = "record"
    MANDATORY_TRAINING = "mandatory_training"


class Purpose(StrEnum):
    """Why it was read."""

    OWN_DATA = "own_data"
    ADMINISTRATION = "administration"
    TRAINING_DUTY = "training_duty"
    PERSONS_REQUEST = "persons_request"


class RecordPurpose(StrEnum):
    """What an administrator can want a person's record for."""

    ADMINISTRATION = Purpose.ADMINISTRATION
    PERSONS_REQUEST = Purpose.PERSONS_REQUEST


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever reads: an account with its roles, for a purpose."""

    tenant_id: UUID
    subject: str
    roles: frozenset[str]
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Reading:
    """One person's data were read once."""

    tenant_id: UUID
    reading_id: UUID
    person_id: UUID
    reader: str
    reader_roles: frozenset[str]
    what: Subject
    purpose: Purpose
    at: datetime


def readings(
    reader: Reader, what: Subject, person_ids: Iterable[UUID], reading_id: UUID, now: datetime
) -> list[Reading]:
    """An entry for each person; `reading_id` is new and makes their ids."""
    return [
        Reading(
            tenant_id=reader.tenant_id,
            reading_id=uuid5(reading_id, str(person_id)),
            person_id=person_id,
            reader=reader.subject,
            reader_roles=reader.roles,
            what=what,
            purpose=reader.purpose,
            at=now,
        )
        for person_id in person_ids
    ]
