"""An operator has the letter to an invited administrator sent once more."""

from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.onboarding import Direction, State, Step
from services.member.domain.onboarding_errors import NobodyInvitedError


async def invite_again(work: UnitOfWork, tenant_id: UUID, now: datetime) -> None:
    """Have the step done again; while it is under way, nothing changes. Raises NobodyInvitedError."""
    await work.tenants.lock(tenant_id)
    process = await work.processes.get(tenant_id, Direction.OPENING)
    if process is None or Step.INVITATION not in process.steps:
        raise NobodyInvitedError
    if process.steps[Step.INVITATION].state is State.DONE:
        process.repeat(Step.INVITATION, now)
        await work.processes.begin(process)
