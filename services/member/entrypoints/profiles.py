"""Addresses for a person's own learning data: all of them, with who else read them."""

from fastapi import APIRouter

from services.member.application.own_person import own_person_id
from services.member.application.read_learning_data import (
    read_assessments,
    read_profile,
    read_record,
)
from services.member.application.record_assessments import assess_oneself
from services.member.domain.reading import Purpose
from services.member.entrypoints.bodies import RecordView
from services.member.entrypoints.dependencies import Oneself, Units, reading_of
from services.member.entrypoints.learning_bodies import (
    AssessmentView,
    LevelsBody,
    ProfileView,
    ReadingView,
    RecordedView,
)
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset

router = APIRouter(prefix="/v1/profile", tags=["member"])


@router.get("")
async def get_profile(caller: Oneself, opened: Units) -> ProfileView:
    """Your competences beside what your job wants: the best evidence of each, and the gap."""
    read = reading_of(caller, Purpose.OWN_DATA)
    async with opened([caller.tenant_id]) as work:
        person_id = await own_person_id(work, caller.tenant_id, caller.subject)
        return ProfileView.of(await read_profile(work, read, person_id))


@router.get("/assessments")
async def get_assessments(caller: Oneself, opened: Units) -> list[AssessmentView]:
    """Everything that was said of your competences, newest first."""
    read = reading_of(caller, Purpose.OWN_DATA)
    async with opened([caller.tenant_id]) as work:
        person_id = await own_person_id(work, caller.tenant_id, caller.subject)
        found = await read_assessments(work, read, person_id)
        return [AssessmentView.of(each) for each in found]


@router.post("/assessments", status_code=201)
async def post_self_assessment(
    body: LevelsBody, caller: Oneself, opened: Units, key: IdempotencyKey = None
) -> RecordedView:
    """Say how far you are. Nobody else sees it; five people's values make a group figure."""
    findings = body.findings()
    async with opened([caller.tenant_id]) as work:

        async def action() -> RecordedView:
            made = await assess_oneself(work, caller.tenant_id, caller.subject, findings, utc_now())
            return RecordedView(person_id=made[0].person_id, recorded=len(made))

        request = (f"assess_oneself {caller.subject}", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, RecordedView
        )


@router.get("/record")
async def get_own_record(caller: Oneself, opened: Units) -> list[RecordView]:
    """What you completed, and where your certificates are."""
    read = reading_of(caller, Purpose.OWN_DATA)
    async with opened([caller.tenant_id]) as work:
        person_id = await own_person_id(work, caller.tenant_id, caller.subject)
        found = await read_record(work, read, person_id) or ()
        return [RecordView.of(each) for each in found]


@router.get("/readings")
async def get_own_readings(
    caller: Oneself, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[ReadingView]:
    """Who read your learning data, what of it, when and why; newest first."""
    async with opened([caller.tenant_id]) as work:
        person_id = await own_person_id(work, caller.tenant_id, caller.subject)
        found = await work.learning_queries.readings(person_id, limit, offset)
        return [ReadingView.of(each) for each in found]
