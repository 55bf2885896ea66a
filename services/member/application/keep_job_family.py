"""A tenant keeps its job families."""

from services.member.application.ports import UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.job_family import JobFamily


async def add_job_family(work: UnitOfWork, family: JobFamily) -> JobFamily:
    """Keep a new one. Raises JobFamilyKeyTakenError."""
    await require_active(work, family.tenant_id)
    await work.job_families.save([family])
    return family


async def change_job_family(work: UnitOfWork, family: JobFamily) -> JobFamily | None:
    """Give it another key or name; None when there is no such one. Raises JobFamilyKeyTakenError."""
    await require_active(work, family.tenant_id)
    if await work.job_families.get(family.job_family_id) is None:
        return None
    await work.job_families.save([family])
    return family
