"""HR says what a job family wants of its people."""

from services.member.application.learn_competences import require_known
from services.member.application.learning_ports import LearningUnit
from services.member.application.register_people import require_active
from services.member.domain.competence import TargetProfile


async def set_target_profile(work: LearningUnit, wanted: TargetProfile) -> TargetProfile | None:
    """Keep a new version, unless nothing is different; None when there is no such job family.

    Raises TenantNotActiveError or CompetenceUnknownError.
    """
    await require_active(work, wanted.tenant_id)
    if not await work.staff.has_job_family(wanted.job_family_id):
        return None
    await require_known(work, wanted.requirements.keys())
    latest = await work.target_profiles.latest(wanted.job_family_id)
    if latest and latest.requirements == wanted.requirements:
        return latest
    profile = wanted.after(latest)
    await work.target_profiles.add(profile)
    return profile
