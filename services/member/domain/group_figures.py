"""Group figures that tell of nobody: they are put together from closed batches, and of nothing else.

A batch holds one value each of five people or more of one job family, and is never opened again; a
value is in one batch at most. Every answer counts whole batches, so in every answer, and in whatever is
added up or subtracted from several at several times, a value stands together with four others at least.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.member.domain.competence import Assessment

MIN_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Value:
    """An assessment that no batch has yet, with the job family of its person."""

    job_family_id: UUID
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Batch:
    """The sum of several people's levels in a competence. It does not say whose they are."""

    tenant_id: UUID
    batch_id: UUID
    job_family_id: UUID
    competence_id: UUID
    people: int
    level_sum: Decimal
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """Values that make a batch, and those that newer or weightier ones of the same people replace."""

    counted: tuple[Assessment, ...]
    replaced: tuple[Assessment, ...]

    def batch(self, batch_id: UUID, job_family_id: UUID, now: datetime) -> Batch:
        """The batch itself."""
        first = self.counted[0]
        return Batch(
            tenant_id=first.tenant_id,
            batch_id=batch_id,
            job_family_id=job_family_id,
            competence_id=first.competence_id,
            people=len(self.counted),
            level_sum=sum((each.level for each in self.counted), Decimal(0)),
            closed_at=now,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """What is told of a job family: how many values there are, and their mean level."""

    job_family_id: UUID
    competence_id: UUID
    values: int
    mean_level: Decimal


def close_batches(waiting: Iterable[Value]) -> dict[tuple[UUID, UUID], Closing]:
    """What can be told now, by job family and competence; the rest goes on waiting."""
    groups: dict[tuple[UUID, UUID], list[Assessment]] = {}
    for value in waiting:
        if value.assessment.is_evidence:
            key = value.job_family_id, value.assessment.competence_id
            groups.setdefault(key, []).append(value.assessment)
    closings = ((key, _close(group)) for key, group in groups.items())
    return {key: closing for key, closing in closings if closing}


def figures(batches: Iterable[Batch]) -> tuple[Figure, ...]:
    """The figures of all groups that batches tell of."""
    groups: dict[tuple[UUID, UUID], list[Batch]] = {}
    for batch in batches:
        groups.setdefault((batch.job_family_id, batch.competence_id), []).append(batch)
    return tuple(_figure(key, groups[key]) for key in sorted(groups))


def _close(group: Collection[Assessment]) -> Closing | None:
    """A batch of each person's weightiest value; None while it would tell of a single one.

    That is so with too few people, and where all have the same level: then the mean is everybody's.
    """
    of_person: dict[UUID, Assessment] = {}
    for assessment in sorted(group, key=lambda each: each.weight):
        of_person[assessment.person_id] = assessment
    counted = tuple(of_person.values())
    if len(counted) < MIN_PEOPLE or len({each.level for each in counted}) == 1:
        return None
    return Closing(counted, tuple(each for each in group if each not in counted))


def _figure(key: tuple[UUID, UUID], batches: Sequence[Batch]) -> Figure:
    values = sum(batch.people for batch in batches)
    level_sum = sum((batch.level_sum for batch in batches), Decimal(0))
    return Figure(*key, values=values, mean_level=round(level_sum / values, 2))
