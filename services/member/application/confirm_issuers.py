"""The certificate service tells that tenants can sign; the step that waited for it is done."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.onboarding import Direction, Step


async def confirm_issuers(work: UnitOfWork, tenant_ids: Collection[UUID], now: datetime) -> None:
    """Mark the step of each; who has no such process, or has it marked, is passed by."""
    for tenant_id in sorted(tenant_ids):
        await work.tenants.lock(tenant_id)
        process = await work.processes.get(tenant_id, Direction.OPENING)
        if process:
            process.finish(Step.ISSUER, now)
            await work.processes.save(process)
