"""An operator has a failed step of onboarding tried again at once."""

from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.onboarding import Direction, Step
from services.member.domain.onboarding_errors import StepNotFailedError


async def retry_step(work: UnitOfWork, tenant_id: UUID, step: Step, now: datetime) -> None:
    """Let a worker take it now: on the way out if that has begun, else in. Raises StepNotFailedError."""
    await work.tenants.lock(tenant_id)
    closing = await work.processes.get(tenant_id, Direction.CLOSING)
    process = closing or await work.processes.get(tenant_id, Direction.OPENING)
    if process is None:
        raise StepNotFailedError(step, "not begun")
    process.retry(step, now)
    await work.processes.begin(process)
