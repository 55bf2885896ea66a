"""Addresses for what a tenant may use."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.limit_tenant import change_quotas
from services.member.domain.quota import Quotas
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.operator_log import note
from shared.auth.dependencies import Operator, TenantAdmin
from shared.envelope import Cause
from shared.http.fields import Body, View
from shared.http.fields import Description as LongText
from shared.http.middleware import current_traceparent
from shared.http.problems import not_found
from shared.telemetry.logs import correlation_id

Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]

router = APIRouter(prefix="/v1", tags=["member"])


class QuotasBody(Body):
    """A tenant's limits, and why they change. Name no person."""

    people: Amount
    events_per_day: Amount
    machine_clients: Amount
    subscriptions: Amount
    reason: LongText = ""

    def quotas(self) -> Quotas:
        """The limits alone."""
        return Quotas(**self.model_dump(exclude={"reason"}))


class UsedView(View):
    """How much a tenant uses: people who have not left, and machine clients that are not revoked."""

    people: int
    machine_clients: int


class QuotasView(View):
    """A tenant's limits, and what it uses of those that are kept to at once."""

    people: int
    events_per_day: int
    machine_clients: int
    subscriptions: int
    used: UsedView


@router.get("/tenant/quotas")
async def get_quotas(caller: TenantAdmin, opened: Units) -> QuotasView:
    """How much your organisation may use, and how much it uses."""
    async with opened([caller.tenant_id]) as work:
        return await _read(work, caller.tenant_id)


@router.get("/tenants/{tenant_id}/quotas")
async def get_quotas_of(tenant_id: UUID, _caller: Operator, opened: Units) -> QuotasView:
    """How much a tenant may use, and how much it uses."""
    async with opened([tenant_id]) as work:
        return await _read(work, tenant_id)


@router.put("/tenants/{tenant_id}/quotas")
async def put_quotas(
    tenant_id: UUID, body: QuotasBody, caller: Operator, opened: Units
) -> QuotasView:
    """Let a tenant use more or less than is usual for its kind.

    Less than it uses takes nothing away; nothing can be added until there is room again.
    """
    async with opened([tenant_id]) as work:
        cause = Cause(correlation_id.get(), traceparent=current_traceparent())
        if not await change_quotas(work, tenant_id, body.quotas(), cause):
            raise not_found("tenant")
        await note(work, caller, "change_quotas", tenant_id, body.reason or "-")
        return await _read(work, tenant_id)


async def _read(work: PostgresUnitOfWork, tenant_id: UUID) -> QuotasView:
    quotas = await work.quotas.get(tenant_id)
    headcount = await work.quotas.headcount(tenant_id)
    if quotas is None or headcount is None:
        raise not_found("tenant")
    clients = await work.machine_clients.count_open(tenant_id)
    used = UsedView(people=headcount.present, machine_clients=clients)
    return QuotasView(**asdict(quotas), used=used)
