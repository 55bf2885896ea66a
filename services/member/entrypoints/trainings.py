"""Addresses for mandatory training: the list, and who has passed what is on it."""

from uuid import UUID, uuid4

from fastapi import APIRouter

from services.member.application.own_person import own_person_id
from services.member.application.read_learning_data import (
    read_duties,
    read_duties_of_led,
)
from services.member.application.require_training import drop_training, require_training
from services.member.domain.mandatory_training import MandatoryTraining
from services.member.domain.reading import Purpose
from services.member.entrypoints.dependencies import Hr, Leader, Oneself, Units, reading_of
from services.member.entrypoints.learning_bodies import DutyView, TrainingBody, TrainingView
from shared.auth.dependencies import (
    TenantMember,
)
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["member"])


@router.post("/mandatory-trainings", status_code=201)
async def post_mandatory_training(
    body: TrainingBody, caller: Hr, opened: Units, key: IdempotencyKey = None
) -> TrainingView:
    """Say what your people must have passed, and for how many days that counts."""
    training = MandatoryTraining(
        tenant_id=caller.tenant_id,
        training_id=uuid4(),
        name=body.name,
        added_at=utc_now(),
        offer_id=body.offer_id,
        valid_days=body.valid_days,
    )
    async with opened([caller.tenant_id]) as work:

        async def action() -> TrainingView:
            return TrainingView.of(await require_training(work, training))

        request = ("require_training", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, TrainingView
        )


@router.get("/mandatory-trainings")
async def get_mandatory_trainings(caller: TenantMember, opened: Units) -> list[TrainingView]:
    """What people of your organisation must have passed, by name."""
    async with opened([caller.tenant_id]) as work:
        return [TrainingView.of(each) for each in await work.learning_queries.trainings()]


@router.delete("/mandatory-trainings/{training_id}")
async def delete_mandatory_training(training_id: UUID, caller: Hr, opened: Units) -> TrainingView:
    """Take a training off the list. Repeating it changes nothing."""
    async with opened([caller.tenant_id]) as work:
        training = await drop_training(work, caller.tenant_id, training_id, utc_now())
        if training is None:
            raise not_found("mandatory training")
        return TrainingView.of(training)


@router.get("/profile/mandatory-trainings")
async def get_own_duties(caller: Oneself, opened: Units) -> list[DutyView]:
    """Which mandatory trainings you have passed."""
    read = reading_of(caller, Purpose.OWN_DATA)
    async with opened([caller.tenant_id]) as work:
        person_id = await own_person_id(work, caller.tenant_id, caller.subject)
        return [DutyView.of(each) for each in await read_duties(work, read, [person_id])]


@router.get("/team/mandatory-trainings")
async def get_team_duties(caller: Leader, opened: Units) -> list[DutyView]:
    """Passed or not passed, for the people of the units that you lead."""
    read = reading_of(caller, Purpose.TRAINING_DUTY)
    async with opened([caller.tenant_id]) as work:
        return [DutyView.of(each) for each in await read_duties_of_led(work, read)]


@router.get("/people/{person_id}/mandatory-trainings")
async def get_duties(person_id: UUID, caller: Leader, opened: Units) -> list[DutyView]:
    """Passed or not passed, for one of the people whom you lead."""
    read = reading_of(caller, Purpose.TRAINING_DUTY)
    async with opened([caller.tenant_id]) as work:
        return [DutyView.of(each) for each in await read_duties_of_led(work, read, person_id)]
