"""Addresses for joining: applications and their decisions."""

from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter

from services.member.application.apply import Apply, apply
from services.member.application.decide_application import approve_application, refuse_application
from services.member.domain.tenant import Status, Tenant
from services.member.entrypoints.bodies import ApplicationBody, ApplicationView, RefusalBody
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.operator_log import note
from shared.auth.dependencies import OPERATOR, AnyCaller, Operator
from shared.auth.tokens import Caller
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

_APPLICANTS = UUID("5a0a3c4e-0f5b-4c43-9a55-6c1f3b1f2d77")

router = APIRouter(prefix="/v1", tags=["member"])


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
        await note(work, caller, "refuse", tenant_id)
        return ApplicationView.of(tenant)


def visible(tenant: Tenant | None, caller: Caller) -> Tenant:
    """A tenant as its applicant and operators see it. Raises Problem 404 for others, and when there is none."""
    if tenant is None or not (tenant.applicant == caller.subject or OPERATOR in caller.roles):
        raise not_found("application")
    return tenant
