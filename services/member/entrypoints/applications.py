"""Addresses for joining: applications and their decisions."""

from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Query

from services.member.application.apply import Apply, apply
from services.member.application.decide_application import approve_application, refuse_application
from services.member.application.queries import Order, TenantSearch
from services.member.domain.organisation import Kind
from services.member.domain.tenant import Status, Tenant
from services.member.entrypoints.areas_bodies import WrittenStateCode
from services.member.entrypoints.bodies import (
    ApplicationBody,
    ApplicationCountsView,
    ApplicationView,
    RefusalBody,
)
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.operator_log import note
from shared.auth.dependencies import OPERATOR, AnyCaller, Operator
from shared.auth.tokens import Caller
from shared.clock import utc_now
from shared.http.fields import Key
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

_APPLICANTS = UUID("5a0a3c4e-0f5b-4c43-9a55-6c1f3b1f2d77")

router = APIRouter(prefix="/v1", tags=["member"])


async def searched(
    status: Status | None = None,
    kind: Kind | None = None,
    state: WrittenStateCode | None = None,
    words: Annotated[
        Key | None,
        Query(
            alias="text",
            description="Part of the name, the beginning of the official key, or the tenant's id",
        ),
    ] = None,
) -> TenantSearch:
    """A dependency: which tenants are looked for."""
    return TenantSearch(status, kind, state, words)


Searched = Annotated[TenantSearch, Depends(searched)]


@router.post("/applications", status_code=201)
async def post_application(
    body: ApplicationBody, caller: AnyCaller, opened: Units, key: IdempotencyKey = None
) -> ApplicationView:
    """Apply for your organisation to become a member. An operator decides.

    When an operator applies for it, the contact address is invited to be its first administrator.
    """
    is_operator = OPERATOR in caller.roles
    tenant_id, applicant = uuid4(), uuid5(_APPLICANTS, caller.subject)
    command = Apply(
        tenant_id=tenant_id,
        organisation=body.organisation(),
        contact_email=body.contact_email,
        applicant="" if is_operator else caller.subject,
        applicant_has_tenant=bool(caller.tenant_ids) and not is_operator,
        shares=body.shares,
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
    search: Searched,
    order: Order = Order.APPLIED_AT,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ApplicationView]:
    """All applications and what became of them, the oldest first or by name, for the cooperative's staff."""
    async with opened(operator=True) as work:
        found = await work.queries.applications(search, order, limit, offset)
        return [ApplicationView.of(each) for each in found]


@router.get("/applications/counts")
async def get_application_counts(
    _caller: Operator, opened: Units, search: Searched
) -> ApplicationCountsView:
    """How many applications there are of each status."""
    async with opened(operator=True) as work:
        found = await work.queries.count_applications(search)
        return ApplicationCountsView(by_status=found, total=sum(found.values()))


@router.get("/applications/{tenant_id}")
async def get_application(tenant_id: UUID, caller: AnyCaller, opened: Units) -> ApplicationView:
    """What became of your application."""
    async with opened([tenant_id]) as work:
        return ApplicationView.of(visible(await work.tenants.get(tenant_id), caller))


@router.post("/applications/{tenant_id}/approval")
async def post_approval(tenant_id: UUID, caller: Operator, opened: Units) -> ApplicationView:
    """Approve an application: the tenant is onboarded at once. Repeating it changes nothing."""
    async with opened([tenant_id]) as work:
        tenant = await approve_application(work, tenant_id, utc_now(), caller.subject)
        if tenant is None:
            raise not_found("application")
        await note(work, caller, "approve", tenant_id)
        return ApplicationView.of(tenant)


@router.post("/applications/{tenant_id}/refusal")
async def post_refusal(
    tenant_id: UUID, body: RefusalBody, caller: Operator, opened: Units
) -> ApplicationView:
    """Turn an application down. Repeating it keeps the first reason."""
    async with opened([tenant_id]) as work:
        tenant = await refuse_application(work, tenant_id, body.reason, utc_now())
        if tenant is None:
            raise not_found("application")
        await note(work, caller, "refuse", tenant_id, body.reason)
        return ApplicationView.of(tenant)


def visible(tenant: Tenant | None, caller: Caller) -> Tenant:
    """A tenant as its applicant and operators see it. Raises Problem 404 for others, and when there is none."""
    if tenant is None or not (tenant.applicant == caller.subject or OPERATOR in caller.roles):
        raise not_found("application")
    return tenant
