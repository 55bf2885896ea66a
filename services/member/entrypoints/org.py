"""Addresses for a tenant's units and job families."""

from uuid import UUID, uuid4

from fastapi import APIRouter

from services.member.application.change_org_unit import (
    add_org_unit,
    change_org_unit,
    delete_org_unit,
)
from services.member.application.keep_job_family import add_job_family, change_job_family
from services.member.domain.job_family import JobFamily
from services.member.entrypoints.dependencies import Hr, Units
from services.member.entrypoints.people_bodies import (
    JobFamilyBody,
    JobFamilyView,
    OrgUnitBody,
    OrgUnitView,
)
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["member"])


@router.post("/org-units", status_code=201)
async def post_org_unit(
    body: OrgUnitBody, caller: Hr, opened: Units, key: IdempotencyKey = None
) -> OrgUnitView:
    """Add a unit to your organisation, below another or at the top."""
    command = body.command(caller.tenant_id, uuid4())
    async with opened([caller.tenant_id]) as work:

        async def action() -> OrgUnitView:
            return OrgUnitView.of(await add_org_unit(work, command))

        request = ("add_org_unit", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, OrgUnitView
        )


@router.get("/org-units")
async def get_org_units(
    caller: Hr, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[OrgUnitView]:
    """Your units, by name."""
    async with opened([caller.tenant_id]) as work:
        return [OrgUnitView.of(each) for each in await work.org_queries.units(limit, offset)]


@router.get("/org-units/{unit_id}")
async def get_org_unit(unit_id: UUID, caller: Hr, opened: Units) -> OrgUnitView:
    """One of your units."""
    async with opened([caller.tenant_id]) as work:
        unit = await work.org_units.get(unit_id)
        if unit is None:
            raise not_found("unit")
        return OrgUnitView.of(unit)


@router.put("/org-units/{unit_id}")
async def put_org_unit(unit_id: UUID, body: OrgUnitBody, caller: Hr, opened: Units) -> OrgUnitView:
    """Change a unit, wholly: its name, its place, its members and its leaders."""
    async with opened([caller.tenant_id]) as work:
        unit = await change_org_unit(work, body.command(caller.tenant_id, unit_id))
        if unit is None:
            raise not_found("unit")
        return OrgUnitView.of(unit)


@router.delete("/org-units/{unit_id}", status_code=204)
async def delete_unit(unit_id: UUID, caller: Hr, opened: Units) -> None:
    """Dissolve a unit below which there is none. Its people stay."""
    async with opened([caller.tenant_id]) as work:
        if not await delete_org_unit(work, caller.tenant_id, unit_id):
            raise not_found("unit")


@router.post("/job-families", status_code=201)
async def post_job_family(
    body: JobFamilyBody, caller: Hr, opened: Units, key: IdempotencyKey = None
) -> JobFamilyView:
    """Add a job family."""
    family = JobFamily(caller.tenant_id, uuid4(), body.key, body.name)
    async with opened([caller.tenant_id]) as work:

        async def action() -> JobFamilyView:
            return JobFamilyView.of(await add_job_family(work, family))

        request = ("add_job_family", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, JobFamilyView
        )


@router.get("/job-families")
async def get_job_families(
    caller: Hr, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[JobFamilyView]:
    """Your job families, by key."""
    async with opened([caller.tenant_id]) as work:
        return [
            JobFamilyView.of(each) for each in await work.org_queries.job_families(limit, offset)
        ]


@router.put("/job-families/{job_family_id}")
async def put_job_family(
    job_family_id: UUID, body: JobFamilyBody, caller: Hr, opened: Units
) -> JobFamilyView:
    """Give a job family another key or name."""
    family = JobFamily(caller.tenant_id, job_family_id, body.key, body.name)
    async with opened([caller.tenant_id]) as work:
        changed = await change_job_family(work, family)
        if changed is None:
            raise not_found("job family")
        return JobFamilyView.of(changed)
