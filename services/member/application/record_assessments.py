"""Somebody says how far a person is: the person, a leader where that was agreed, or an instrument."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.member.application.learn_competences import require_known
from services.member.application.learning_ports import LearningUnit
from services.member.application.own_person import own_person_id
from services.member.application.register_people import require_active
from services.member.domain.competence import Assessment, Instrument, Source
from services.member.domain.group_figures import close_batches
from services.member.domain.learning_errors import PersonNotFoundError


@dataclass(frozen=True, slots=True)
class Finding:
    """A level in one competence. The ids are taken for the assessment, and for a batch should one close."""

    assessment_id: UUID
    batch_id: UUID
    competence_id: UUID
    level: Decimal
    instrument: Instrument | None = None


@dataclass(frozen=True, slots=True)
class RecordAssessments:
    """What was found of a person at a time."""

    tenant_id: UUID
    person_id: UUID
    source: Source
    assessed_at: datetime
    findings: Sequence[Finding]


async def assess_oneself(
    work: LearningUnit, tenant_id: UUID, subject: str, findings: Sequence[Finding], now: datetime
) -> Sequence[Assessment]:
    """Keep what the person behind an account says of itself. Raises NoPersonOfYoursError."""
    person_id = await own_person_id(work, tenant_id, subject)
    command = RecordAssessments(tenant_id, person_id, Source.SELF, now, findings)
    return await record_assessments(work, command, now)


async def assess_led(
    work: LearningUnit, command: RecordAssessments, subject: str, now: datetime
) -> Sequence[Assessment]:
    """Keep what a leader says of somebody it leads.

    Raises LeaderNotAgreedError, NoPersonOfYoursError, or PersonNotFoundError for anybody else.
    """
    (await work.learning_rules.get(command.tenant_id)).require_leader_agreement(now)
    leader_id = await own_person_id(work, command.tenant_id, subject)
    if command.person_id not in await work.staff.led_by(leader_id):
        raise PersonNotFoundError
    return await record_assessments(work, command, now)


async def record_assessments(
    work: LearningUnit, command: RecordAssessments, now: datetime
) -> Sequence[Assessment]:
    """Keep findings, and close the batches for group figures that they complete.

    Raises TenantNotActiveError, PersonNotFoundError, CompetenceUnknownError or InvalidAssessmentError.
    """
    await require_active(work, command.tenant_id)
    if await work.people.get(command.person_id) is None:
        raise PersonNotFoundError
    await require_known(work, [finding.competence_id for finding in command.findings])
    made = [_assessment(command, finding, now) for finding in command.findings]
    await work.assessments.add(made)
    await _close_batches(work, command, now)
    return made


async def _close_batches(work: LearningUnit, command: RecordAssessments, now: datetime) -> None:
    """With the tenant's lock, so that no value gets into two batches."""
    batch_ids = {finding.competence_id: finding.batch_id for finding in command.findings}
    waiting = await work.assessments.waiting(batch_ids)
    family = await work.staff.job_family_of(command.person_id)
    for (job_family_id, competence_id), closing in close_batches(waiting).items():
        if job_family_id == family:
            batch = closing.batch(batch_ids[competence_id], job_family_id, now)
            told = (*closing.counted, *closing.replaced)
            await work.assessments.count(batch, [each.assessment_id for each in told])


def _assessment(command: RecordAssessments, finding: Finding, now: datetime) -> Assessment:
    return Assessment(
        tenant_id=command.tenant_id,
        assessment_id=finding.assessment_id,
        person_id=command.person_id,
        competence_id=finding.competence_id,
        source=command.source,
        level=finding.level,
        assessed_at=command.assessed_at,
        recorded_at=now,
        instrument=finding.instrument,
    )
