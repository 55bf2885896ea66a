"""Addresses for what others say of competences: leaders, instruments, and what groups come to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.member.application.record_assessments import (
    RecordAssessments,
    assess_led,
    record_assessments,
)
from services.member.domain.competence import Source
from services.member.domain.group_figures import figures
from services.member.entrypoints.dependencies import Leader, Units
from services.member.entrypoints.learning_bodies import (
    FigureView,
    LevelsBody,
    MeasurementBody,
    RecordedView,
)
from shared.auth.dependencies import TenantCaller, for_tenant
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once

router = APIRouter(prefix="/v1", tags=["member"])

Measurement = Annotated[TenantCaller, Depends(for_tenant("measurement"))]
LeaderOrHr = Annotated[TenantCaller, Depends(for_tenant("hr", "leader"))]


@router.post("/people/{person_id}/assessments", status_code=201)
async def post_leader_assessment(
    person_id: UUID, body: LevelsBody, caller: Leader, opened: Units, key: IdempotencyKey = None
) -> RecordedView:
    """Say how far somebody is whom you lead, where a works agreement lets you; only the person reads it."""
    now = utc_now()
    command = RecordAssessments(caller.tenant_id, person_id, Source.LEADER, now, body.findings())
    async with opened([caller.tenant_id]) as work:

        async def action() -> RecordedView:
            made = await assess_led(work, command, caller.subject, now)
            return RecordedView(person_id=person_id, recorded=len(made))

        request = (f"assess {person_id} by {caller.subject}", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, RecordedView
        )


@router.post("/measurements", status_code=201)
async def post_measurement(
    body: MeasurementBody, caller: Measurement, opened: Units, key: IdempotencyKey = None
) -> RecordedView:
    """Deliver what an instrument measured of a person, with its precision; only the person reads it."""
    command = RecordAssessments(
        caller.tenant_id, body.person_id, Source.MEASUREMENT, body.measured_at, body.findings()
    )
    async with opened([caller.tenant_id]) as work:

        async def action() -> RecordedView:
            made = await record_assessments(work, command, utc_now())
            return RecordedView(person_id=body.person_id, recorded=len(made))

        request = ("record_measurement", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, RecordedView
        )


@router.get("/group-figures")
async def get_group_figures(
    caller: LeaderOrHr, opened: Units, competence_id: UUID | None = None
) -> list[FigureView]:
    """Mean levels by job family and competence. A figure grows by five people or more, or not at all."""
    async with opened([caller.tenant_id]) as work:
        found = figures(await work.learning_queries.batches(competence_id))
        return [FigureView.of(each) for each in found]
