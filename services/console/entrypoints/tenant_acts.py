"""Acting on a tenant: each act has a page that says its effect, and takes a reason."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.application.look_at_tenant import told
from services.console.application.ports import People
from services.console.application.tenant_ports import Tenants
from services.console.domain.errors import ServiceRefusedError, ServiceTroubleError
from services.console.domain.onboarding import Onboarding
from services.console.domain.operator import OPERATOR, Operator
from services.console.domain.tenant_acts import ACTS, NOT_OPERATOR, Act, failed_steps, offer
from services.console.entrypoints.dependencies import Acting, PeopleOf, Visitor
from services.console.entrypoints.pages import render
from services.console.entrypoints.tenant_forms import MAX_REASON, AccessForm, ActForm, QuotasForm
from services.console.entrypoints.tenants import TenantsOf
from shared.clock import utc_now

SEE_OTHER: Final = 303

router = APIRouter(prefix="/tenants/{tenant_id}")


@router.get("/acts/{act}")
async def act_page(
    request: Request,
    tenant_id: UUID,
    act: str,
    visitor: Visitor,
    tenants: TenantsOf,
    step: str = "",
) -> HTMLResponse:
    """What the act does, and the form that does it."""
    asked = ActForm(step=step[:MAX_REASON])
    return await _act_page(request, str(tenant_id), _named(act), visitor, tenants, asked)


@router.post("/acts/{act}")
async def do_act(
    request: Request,
    tenant_id: UUID,
    act: str,
    operator: Acting,
    tenants: TenantsOf,
    form: Annotated[ActForm, Form()],
) -> Response:
    """Do it. A refusal comes back to the form, with what was typed in."""
    named = _named(act)
    try:
        await tenants.act(operator.token, str(tenant_id), named, form.body(named))
    except ServiceRefusedError as refusal:
        return await _act_page(request, str(tenant_id), named, operator, tenants, form, refusal)
    return RedirectResponse(f"/tenants/{tenant_id}?done={named.name}", SEE_OTHER)


@router.get("/quotas")
async def quotas_page(
    request: Request, tenant_id: UUID, visitor: Visitor, tenants: TenantsOf
) -> HTMLResponse:
    """How much a tenant may use, and the form to change it."""
    return await _quotas_page(request, str(tenant_id), visitor, tenants)


@router.post("/quotas")
async def change_quotas(
    request: Request,
    tenant_id: UUID,
    operator: Acting,
    tenants: TenantsOf,
    form: Annotated[QuotasForm, Form()],
) -> Response:
    """Let a tenant use more or less."""
    try:
        await tenants.change_quotas(operator.token, str(tenant_id), form.model_dump())
    except ServiceRefusedError as refusal:
        return await _quotas_page(request, str(tenant_id), operator, tenants, form, refusal)
    return RedirectResponse(f"/tenants/{tenant_id}/quotas?changed=1", SEE_OTHER)


@router.get("/access")
async def access_page(
    request: Request, tenant_id: UUID, visitor: Visitor, tenants: TenantsOf, people: PeopleOf
) -> HTMLResponse:
    """Who of the cooperative came into a tenant, and the form to ask for it."""
    return await _access_page(request, str(tenant_id), visitor, tenants, people)


@router.post("/access")
async def ask_access(
    request: Request,
    tenant_id: UUID,
    operator: Acting,
    tenants: TenantsOf,
    people: PeopleOf,
    form: Annotated[AccessForm, Form()],
) -> Response:
    """Come in for some hours; the tenant sees who, when and why."""
    try:
        await tenants.ask_access(operator.token, str(tenant_id), form.model_dump())
    except ServiceRefusedError as refusal:
        return await _access_page(request, str(tenant_id), operator, tenants, people, form, refusal)
    return RedirectResponse(f"/tenants/{tenant_id}/access", SEE_OTHER)


@router.post("/access/{access_id}/end")
async def end_access(
    tenant_id: UUID, access_id: UUID, operator: Acting, tenants: TenantsOf
) -> Response:
    """Go out before the time is over."""
    await tenants.end_access(operator.token, str(tenant_id), str(access_id))
    return RedirectResponse(f"/tenants/{tenant_id}/access", SEE_OTHER)


def _named(act: str) -> Act:
    if act not in ACTS:
        raise HTTPException(404)
    return ACTS[act]


async def _act_page(
    request: Request,
    tenant_id: str,
    act: Act,
    visitor: Operator,
    tenants: Tenants,
    form: ActForm,
    trouble: ServiceRefusedError | None = None,
) -> HTMLResponse:
    tenant = await tenants.get(visitor.token, tenant_id)
    way = _known(await told(tenants.onboarding(visitor.token, tenant_id)))
    return render(
        request,
        "tenants/act.html",
        _status(trouble),
        tenant=tenant,
        offer=offer(act, tenant, way, visitor),
        steps=failed_steps(way),
        form=form,
        trouble=trouble,
        max_reason=MAX_REASON,
    )


async def _quotas_page(
    request: Request,
    tenant_id: str,
    visitor: Operator,
    tenants: Tenants,
    form: QuotasForm | None = None,
    trouble: ServiceRefusedError | None = None,
) -> HTMLResponse:
    quotas = await tenants.quotas(visitor.token, tenant_id)
    return render(
        request,
        "tenants/quotas.html",
        _status(trouble),
        tenant=await tenants.get(visitor.token, tenant_id),
        quotas=quotas,
        values=form or quotas,
        reason=form.reason if form else "",
        trouble=trouble,
        obstacle=_obstacle(visitor),
        changed="changed" in request.query_params,
    )


async def _access_page(
    request: Request,
    tenant_id: str,
    visitor: Operator,
    tenants: Tenants,
    people: People,
    form: AccessForm | None = None,
    trouble: ServiceRefusedError | None = None,
) -> HTMLResponse:
    accesses = await tenants.accesses(visitor.token, tenant_id)
    return render(
        request,
        "tenants/access.html",
        _status(trouble),
        tenant=await tenants.get(visitor.token, tenant_id),
        accesses=accesses,
        people=await people.names(each.operator for each in accesses),
        form=form,
        trouble=trouble,
        obstacle=_obstacle(visitor),
        at=utc_now(),
    )


def _known(way: Onboarding | ServiceTroubleError) -> Onboarding | None:
    return way if isinstance(way, Onboarding) else None


def _obstacle(visitor: Operator) -> str | None:
    return None if visitor.is_allowed(OPERATOR) else NOT_OPERATOR


def _status(trouble: ServiceRefusedError | None) -> int:
    return trouble.problem.status if trouble else 200
