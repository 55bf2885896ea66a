"""Addresses for what job families want of their people."""

from uuid import UUID

from fastapi import APIRouter

from services.member.application.set_target_profile import set_target_profile
from services.member.domain.competence import TargetProfile
from services.member.entrypoints.dependencies import Hr, Units
from services.member.entrypoints.learning_bodies import TargetProfileBody, TargetProfileView
from shared.auth.dependencies import TenantMember
from shared.clock import utc_now
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/job-families/{job_family_id}", tags=["member"])


@router.put("/target-profile")
async def put_target_profile(
    job_family_id: UUID, body: TargetProfileBody, caller: Hr, opened: Units
) -> TargetProfileView:
    """Say what a job family wants. What is different makes a new version; the same changes nothing."""
    wanted = TargetProfile(
        tenant_id=caller.tenant_id,
        job_family_id=job_family_id,
        version=1,
        requirements={each.competence_id: each.level for each in body.levels},
        set_at=utc_now(),
        set_by=caller.subject,
    )
    async with opened([caller.tenant_id]) as work:
        profile = await set_target_profile(work, wanted)
        if profile is None:
            raise not_found("job family")
        return TargetProfileView.of(profile)


@router.get("/target-profile")
async def get_target_profile(
    job_family_id: UUID, caller: TenantMember, opened: Units
) -> TargetProfileView:
    """What a job family of yours wants."""
    async with opened([caller.tenant_id]) as work:
        profile = await work.target_profiles.latest(job_family_id)
        if profile is None:
            raise not_found("target profile")
        return TargetProfileView.of(profile)


@router.get("/target-profile/versions")
async def get_target_profile_versions(
    job_family_id: UUID, caller: TenantMember, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[TargetProfileView]:
    """What a job family of yours wanted over time, the newest version first."""
    async with opened([caller.tenant_id]) as work:
        if not await work.staff.has_job_family(job_family_id):
            raise not_found("job family")
        found = await work.learning_queries.target_versions(job_family_id, limit, offset)
        return [TargetProfileView.of(each) for each in found]
