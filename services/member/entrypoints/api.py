"""The HTTP contract of the member service."""

from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Response

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.apply import Apply, apply
from services.member.application.change_person import ChangePerson, change_person
from services.member.application.decide_application import (
    approve_application,
    refuse_application,
)
from services.member.application.register_people import register_people
from services.member.domain.person import Outcome
from services.member.domain.tenant import Status
from services.member.entrypoints.bodies import (
    ApplicationBody,
    ApplicationView,
    AreasView,
    PeopleBody,
    PersonBody,
    PersonChangeBody,
    PersonView,
    RecordView,
    RefusalBody,
    RegisteredItemView,
    RegisteredPeopleView,
    RegisteredView,
    TenantView,
)
from shared.auth.dependencies import OPERATOR, AnyCaller, Operator, TenantAdmin, TenantMember
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.envelope import Cause
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import current_traceparent
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found
from shared.processes.api import units

#: HTTP status of each code of the domain's errors; 409 for the rest.
STATUSES = {
    "invalid_email": 422,
    "official_key_malformed": 422,
    "official_key_missing": 422,
    "official_key_elsewhere": 422,
    "state_unknown": 422,
    "region_unknown": 422,
    "region_elsewhere": 422,
    "tenant_not_active": 403,
}

_APPLICANTS = UUID("5a0a3c4e-0f5b-4c43-9a55-6c1f3b1f2d77")

router = APIRouter(prefix="/v1", tags=["member"])


Units = Annotated[UnitsOfWork[PostgresUnitOfWork], Depends(units)]


@router.post("/applications", status_code=201)
async def post_application(
    body: ApplicationBody, caller: AnyCaller, opened: Units, key: IdempotencyKey = None
) -> ApplicationView:
    """Apply for your organisation to become a member. An operator decides."""
    tenant_id, applicant = uuid4(), uuid5(_APPLICANTS, caller.subject)
    command = Apply(
        tenant_id=tenant_id,
        organisation=body.organisation(),
        contact_email=body.contact_email,
        applicant=caller.subject,
        applicant_has_tenant=bool(caller.tenant_ids),
    )
    # Idempotency keys belong to a tenant; an applicant has none yet and gets a space of its own.
    async with opened([tenant_id, applicant]) as work:

        async def action() -> ApplicationView:
            return ApplicationView.of(await apply(work, command, utc_now()))

        request = ("apply", body)
        return await answer_once(work.connection, applicant, key, request, action, ApplicationView)


@router.get("/applications")
async def get_applications(
    _caller: Operator,
    opened: Units,
    status: Status | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ApplicationView]:
    """All applications, the oldest first, for the cooperative's staff."""
    async with opened(operator=True) as work:
        found = await work.queries.applications(status, limit, offset)
        return [ApplicationView.of(each) for each in found]


@router.get("/applications/{tenant_id}")
async def get_application(tenant_id: UUID, caller: AnyCaller, opened: Units) -> ApplicationView:
    """What became of your application."""
    async with opened([tenant_id]) as work:
        tenant = await work.tenants.get(tenant_id)
        if tenant is None or not (tenant.applicant == caller.subject or OPERATOR in caller.roles):
            raise not_found("application")
        return ApplicationView.of(tenant)


@router.post("/applications/{tenant_id}/approval")
async def post_approval(tenant_id: UUID, _caller: Operator, opened: Units) -> ApplicationView:
    """Approve an application: the tenant is onboarded at once. Repeating it changes nothing."""
    async with opened([tenant_id]) as work:
        tenant = await approve_application(work, tenant_id, utc_now())
        if tenant is None:
            raise not_found("application")
        return ApplicationView.of(tenant)


@router.post("/applications/{tenant_id}/refusal")
async def post_refusal(
    tenant_id: UUID, body: RefusalBody, _caller: Operator, opened: Units
) -> ApplicationView:
    """Turn an application down. Repeating it keeps the first reason."""
    async with opened([tenant_id]) as work:
        tenant = await refuse_application(work, tenant_id, body.reason, utc_now())
        if tenant is None:
            raise not_found("application")
        return ApplicationView.of(tenant)


@router.get("/tenant")
async def get_tenant(caller: TenantMember, opened: Units) -> TenantView:
    """Your own organisation."""
    async with opened([caller.tenant_id]) as work:
        tenant = await work.tenants.get(caller.tenant_id)
        if tenant is None:
            raise not_found("tenant")
        return TenantView.of(tenant)


@router.get("/regions")
async def get_regions(opened: Units) -> AreasView:
    """The states and regions that there are; for everybody."""
    async with opened() as work:
        return AreasView.of(await work.areas.get())


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
    cause = Cause(str(command.person_id), traceparent=current_traceparent())
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
    cause = Cause(str(uuid4()), traceparent=current_traceparent())
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


@router.get("/people")
async def get_people(
    caller: TenantAdmin, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[PersonView]:
    """Your people, by external_id."""
    async with opened([caller.tenant_id]) as work:
        return [PersonView.of(each) for each in await work.queries.people(limit, offset)]


@router.get("/people/{person_id}")
async def get_person(person_id: UUID, caller: TenantAdmin, opened: Units) -> PersonView:
    """One of your people."""
    async with opened([caller.tenant_id]) as work:
        person = await work.people.get(person_id)
        if person is None:
            raise not_found("person")
        return PersonView.of(person)


@router.patch("/people/{person_id}")
async def patch_person(
    person_id: UUID, body: PersonChangeBody, caller: TenantAdmin, opened: Units
) -> PersonView:
    """Correct a person's name, address or roles."""
    command = ChangePerson(
        tenant_id=caller.tenant_id,
        person_id=person_id,
        given_name=body.given_name,
        family_name=body.family_name,
        email=body.email,
        roles=frozenset(body.roles) if body.roles else None,
        cause=Cause(str(person_id), traceparent=current_traceparent()),
    )
    async with opened([caller.tenant_id]) as work:
        person = await change_person(work, command)
        if person is None:
            raise not_found("person")
        return PersonView.of(person)


@router.get("/people/{person_id}/record")
async def get_record(person_id: UUID, caller: TenantAdmin, opened: Units) -> list[RecordView]:
    """What one of your people completed, and where the certificates are."""
    async with opened([caller.tenant_id]) as work:
        if await work.people.get(person_id) is None:
            raise not_found("person")
        return [RecordView.of(each) for each in await work.queries.records(person_id)]
