"""Addresses for people who leave, come back, or are to be erased."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.member.application.erase_people import erase_people
from services.member.application.leave_tenant import come_back, leave_tenant
from services.member.application.provision_person import ERASE_AFTER_DAYS
from services.member.application.register_people import require_active
from services.member.domain.person import ErasureReason
from services.member.entrypoints.bodies import PersonView
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.people_bodies import (
    LeavingBody,
    PeoplePolicyBody,
    PeoplePolicyView,
)
from shared.auth.dependencies import TenantAdmin
from shared.clock import utc_now
from shared.http.middleware import cause_of
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["member"])


@router.post("/people/{person_id}/leaving")
async def post_leaving(
    person_id: UUID, body: LeavingBody, caller: TenantAdmin, opened: Units
) -> PersonView:
    """Say when a person leaves: at once with a day that has come, else on that day."""
    cause = cause_of(person_id)
    async with opened([caller.tenant_id]) as work:
        today = utc_now().date()
        person = await leave_tenant(work, caller.tenant_id, person_id, body.on, cause, today)
        if person is None:
            raise not_found("person")
        return PersonView.of(person)


@router.post("/people/{person_id}/return")
async def post_return(person_id: UUID, caller: TenantAdmin, opened: Units) -> PersonView:
    """Have a person be there again who left, or whom your directory deleted. Repeating it changes nothing."""
    cause = cause_of(person_id)
    async with opened([caller.tenant_id]) as work:
        person = await come_back(work, caller.tenant_id, person_id, cause)
        if person is None:
            raise not_found("person")
        return PersonView.of(person)


@router.delete("/people/{person_id}", status_code=204)
async def delete_person(
    person_id: UUID,
    reason: Annotated[ErasureReason, Query(description="Why; it is kept with the opaque id")],
    caller: TenantAdmin,
    opened: Units,
) -> None:
    """Erase a person, here at once and everywhere within the bound of docs/privacy.md. It cannot be undone."""
    async with opened([caller.tenant_id]) as work:
        await require_active(work, caller.tenant_id)
        if not await erase_people(work, caller.tenant_id, [person_id], reason, utc_now()):
            raise not_found("person")


@router.get("/people-policy")
async def get_people_policy(caller: TenantAdmin, opened: Units) -> PeoplePolicyView:
    """How long you keep people whom your directory has deleted."""
    async with opened([caller.tenant_id]) as work:
        days = await work.people.erase_after_days(caller.tenant_id)
        return PeoplePolicyView(erase_after_days=ERASE_AFTER_DAYS if days is None else days)


@router.put("/people-policy")
async def put_people_policy(
    body: PeoplePolicyBody, caller: TenantAdmin, opened: Units
) -> PeoplePolicyView:
    """Say how long; it holds for whom your directory deletes from now on."""
    async with opened([caller.tenant_id]) as work:
        await require_active(work, caller.tenant_id)
        await work.people.keep_for_days(caller.tenant_id, body.erase_after_days)
        return PeoplePolicyView(erase_after_days=body.erase_after_days)
