"""Assessments go: with their person, or when their time is over. What batches have counted names nobody."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.member.application.learning_ports import LearningUnit


async def forget_assessments(
    work: LearningUnit, tenant_id: UUID, person_ids: Collection[UUID]
) -> None:
    """Delete everything that was said of these people's competences."""
    await work.assessments.delete_of(tenant_id, person_ids)


async def forget_overdue_assessments(work: LearningUnit, tenant_id: UUID, now: datetime) -> int:
    """Delete what the tenant's rules let nobody keep any longer; returns how many."""
    rules = await work.learning_rules.get(tenant_id)
    return await work.assessments.delete_before(tenant_id, rules.keep_since(now))
