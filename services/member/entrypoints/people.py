"""Addresses for a tenant's people."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response

from services.member.application.change_person import ChangePerson, change_person
from services.member.application.read_learning_data import read_record
from services.member.application.register_people import register_people
from services.member.domain.person import Outcome
from services.member.domain.reading import Purpose, RecordPurpose
from services.member.entrypoints.bodies import (
    PeopleBody,
    PersonBody,
    PersonChangeBody,
    PersonView,
    RecordView,
    RegisteredItemView,
    RegisteredPeopleView,
    RegisteredView,
)
from services.member.entrypoints.dependencies import Units, reading_of, reads
from shared.auth.dependencies import (
    OwnAdmin,
    TenantAdmin,
)
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["member"])


@router.post("/people", status_code=201)
async def post_person(
    body: PersonBody,
    caller: TenantAdmin,
    opened: Units,
    response: Response,
    key: IdempotencyKey = None,
) -> RegisteredView:
    """Register a person; one whose external_id is known is updated, and the answer is 200."""
    command = body.command()
    cause = cause_of(command.person_id)
    async with opened([caller.tenant_id]) as work:

        async def action() -> RegisteredView:
            answers = await register_people(work, caller.tenant_id, [command], cause)
            return RegisteredView.of(answers[0])

        request = ("register_person", body)
        answer = await answer_once(
            work.connection, caller.tenant_id, key, request, action, RegisteredView
        )
    if answer.outcome is not Outcome.CREATED:
        response.status_code = 200
    return answer


@router.post("/people/bulk")
async def post_people(
    body: PeopleBody, caller: TenantAdmin, opened: Units, key: IdempotencyKey = None
) -> RegisteredPeopleView:
    """Register up to 1,000 people at once: all, or, when one item is wrong, none."""
    commands = [person.command() for person in body.people]
    cause = cause_of(uuid4())
    async with opened([caller.tenant_id]) as work:

        async def action() -> RegisteredPeopleView:
            answers = await register_people(work, caller.tenant_id, commands, cause)
            items = [
                RegisteredItemView(index=index, person_id=answer.person_id, outcome=answer.outcome)
                for index, answer in enumerate(answers)
            ]
            return RegisteredPeopleView(people=tuple(items))

        request = ("register_people", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, RegisteredPeopleView
        )


@router.get("/people", response_model=list[PersonView])
async def get_people(
    caller: TenantAdmin, request: Request, limit: Limit = 50, offset: Offset = 0
) -> Sequence[Mapping[str, Any]]:
    """Your people, by external_id."""
    async with reads(request)([caller.tenant_id]) as people:
        return await people.people(caller.tenant_id, limit, offset)


@router.get("/people/{person_id}", response_model=PersonView)
async def get_person(person_id: UUID, caller: TenantAdmin, request: Request) -> Mapping[str, Any]:
    """One of your people."""
    async with reads(request)([caller.tenant_id]) as people:
        person = await people.person(caller.tenant_id, person_id)
    if person is None:
        raise not_found("person")
    return person


@router.patch("/people/{person_id}")
async def patch_person(
    person_id: UUID, body: PersonChangeBody, caller: TenantAdmin, opened: Units
) -> PersonView:
    """Correct a person's name, address, keys, roles or job family."""
    command = ChangePerson(
        tenant_id=caller.tenant_id,
        person_id=person_id,
        given_name=body.given_name,
        family_name=body.family_name,
        email=body.email,
        roles=frozenset(body.roles) if body.roles else None,
        cause=cause_of(person_id),
        external_id=body.external_id,
        user_name=body.user_name,
        job_family_id=body.job_family_id,
    )
    async with opened([caller.tenant_id]) as work:
        person = await change_person(work, command)
        if person is None:
            raise not_found("person")
        return PersonView.of(person)


@router.get("/people/{person_id}/record")
async def get_record(
    person_id: UUID,
    caller: OwnAdmin,
    opened: Units,
    purpose: RecordPurpose = RecordPurpose.ADMINISTRATION,
) -> list[RecordView]:
    """What one of your people completed, and where the certificates are. The log keeps who read it."""
    read = reading_of(caller, Purpose(purpose))
    async with opened([caller.tenant_id]) as work:
        found = await read_record(work, read, person_id)
        if found is None:
            raise not_found("person")
        return [RecordView.of(each) for each in found]
