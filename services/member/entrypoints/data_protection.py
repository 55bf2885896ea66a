"""Addresses for what protects learning data: the rules that were agreed, and the log of readers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.member.application.change_learning_rules import change_learning_rules
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.learning_bodies import ReadingView, RulesBody, RulesView
from shared.auth.dependencies import (
    OwnAdmin,
    TenantCaller,
    TenantMember,
    for_tenant,
)
from shared.clock import utc_now
from shared.http.pages import Limit, Offset

router = APIRouter(prefix="/v1", tags=["member"])

WorksCouncil = Annotated[TenantCaller, Depends(for_tenant("works-council"))]


@router.get("/learning-rules")
async def get_learning_rules(caller: TenantMember, opened: Units) -> RulesView:
    """What your organisation agreed about its people's learning data."""
    async with opened([caller.tenant_id]) as work:
        return RulesView.of(await work.learning_rules.get(caller.tenant_id))


@router.put("/learning-rules")
async def put_learning_rules(body: RulesBody, caller: OwnAdmin, opened: Units) -> RulesView:
    """Enter what was agreed: whether leaders assess, by which works agreement, and for how long data is kept."""
    rules = body.rules(caller.tenant_id)
    async with opened([caller.tenant_id]) as work:
        return RulesView.of(await change_learning_rules(work, rules, utc_now()))


@router.get("/reading-log")
async def get_reading_log(
    caller: WorksCouncil,
    opened: Units,
    person_id: UUID | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ReadingView]:
    """Every read of personal learning data, newest first, for the works council."""
    async with opened([caller.tenant_id]) as work:
        found = await work.learning_queries.readings(person_id, limit, offset)
        return [ReadingView.of(each) for each in found]
