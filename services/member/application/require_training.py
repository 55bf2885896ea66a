"""A tenant says which training its people must have passed."""

from datetime import datetime
from uuid import UUID

from services.member.application.learning_ports import LearningUnit
from services.member.application.register_people import require_active
from services.member.domain.mandatory_training import MandatoryTraining


async def require_training(work: LearningUnit, training: MandatoryTraining) -> MandatoryTraining:
    """Put a training on the list. Raises TenantNotActiveError."""
    await require_active(work, training.tenant_id)
    await work.trainings.save(training)
    return training


async def drop_training(
    work: LearningUnit, tenant_id: UUID, training_id: UUID, now: datetime
) -> MandatoryTraining | None:
    """Take a training off the list; None when it never was there. Raises TenantNotActiveError."""
    await require_active(work, tenant_id)
    training = await work.trainings.get(training_id)
    if training:
        training.drop(now)
        await work.trainings.save(training)
    return training
