"""Addresses for what a tenant may use."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.member.application.limit_tenant import change_quotas
from services.member.domain.quota import Quotas
from services.member.entrypoints.dependencies import Units
from shared.auth.dependencies import Operator, TenantAdmin
from shared.envelope import Cause
from shared.http.fields import Body, View
from shared.http.middleware import current_traceparent
from shared.http.problems import not_found
from shared.telemetry.logs import correlation_id

Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]

router = APIRouter(prefix="/v1", tags=["member"])


class QuotasBody(Body):
    """A tenant's limits."""

    people: Amount
    events_per_day: Amount
    machine_clients: Amount
    subscriptions: Amount


class QuotasView(View):
    """A tenant's limits."""

    people: int
    events_per_day: int
    machine_clients: int
    subscriptions: int


@router.get("/tenant/quotas")
async def get_quotas(caller: TenantAdmin, opened: Units) -> QuotasView:
    """How much your organisation may use."""
    async with opened([caller.tenant_id]) as work:
        quotas = await work.quotas.get(caller.tenant_id)
        if quotas is None:
            raise not_found("tenant")
        return QuotasView.of(quotas)


@router.put("/tenants/{tenant_id}/quotas")
async def put_quotas(
    tenant_id: UUID, body: QuotasBody, _caller: Operator, opened: Units
) -> QuotasView:
    """Let a tenant use more or less than is usual for its kind."""
    quotas = Quotas(**body.model_dump())
    async with opened([tenant_id]) as work:
        cause = Cause(correlation_id.get(), traceparent=current_traceparent())
        if not await change_quotas(work, tenant_id, quotas, cause):
            raise not_found("tenant")
    return QuotasView.of(quotas)
