"""Addresses for operators in a tenant: how they get in, who sees it, and who ends it."""

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends

from services.member.application.operator_access import (
    EndAccess,
    end_operator_access,
    grant_operator_access,
)
from services.member.domain.operator_access import EndedBy
from services.member.entrypoints.access_bodies import AccessBody, AccessView, EntryView
from services.member.entrypoints.dependencies import Units
from shared.auth.dependencies import TENANT_ADMIN, Operator, TenantCaller, for_tenant_itself
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

_OPERATORS = UUID("0c9c3f0e-4a43-4f5c-8a0e-6a4f0d1b7e55")

router = APIRouter(prefix="/v1", tags=["access"])

Watcher = Annotated[
    TenantCaller, Depends(for_tenant_itself(TENANT_ADMIN, "auditor", "works-council"))
]


@router.post("/tenants/{tenant_id}/access", status_code=201)
async def post_access(
    tenant_id: UUID,
    body: AccessBody,
    caller: Operator,
    opened: Units,
    key: IdempotencyKey = None,
) -> AccessView:
    """Come into a tenant for some hours; then send X-Tenant-ID. The tenant sees who, when and why."""
    command = body.command(tenant_id, caller.subject)
    operators = uuid5(_OPERATORS, caller.subject)
    async with opened([tenant_id, operators]) as work:

        async def action() -> AccessView:
            access = await grant_operator_access(work, command, utc_now())
            if access is None:
                raise not_found("tenant")
            return AccessView.of(access)

        request = (f"grant_access {tenant_id}", body)
        return await answer_once(work.connection, operators, key, request, action, AccessView)


@router.get("/tenants/{tenant_id}/access")
async def get_accesses(
    tenant_id: UUID, _caller: Operator, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[AccessView]:
    """The accesses to a tenant, newest first, for the cooperative's staff."""
    async with opened([tenant_id]) as work:
        found = await work.access_queries.operator_accesses(tenant_id, limit, offset)
        return [AccessView.of(each) for each in found]


@router.post("/tenants/{tenant_id}/access/{access_id}/end")
async def post_end(tenant_id: UUID, access_id: UUID, caller: Operator, opened: Units) -> AccessView:
    """End an access before its time. Repeating it changes nothing."""
    return await _end(opened, tenant_id, access_id, caller.subject, EndedBy.COOPERATIVE)


@router.get("/operator-access")
async def get_own_accesses(
    caller: Watcher, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[AccessView]:
    """Who of the cooperative came into your organisation, and why; newest first."""
    async with opened([caller.tenant_id]) as work:
        found = await work.access_queries.operator_accesses(caller.tenant_id, limit, offset)
        return [AccessView.of(each) for each in found]


@router.post("/operator-access/{access_id}/end")
async def post_own_end(access_id: UUID, caller: Watcher, opened: Units) -> AccessView:
    """Show an operator out. Repeating it changes nothing."""
    return await _end(opened, caller.tenant_id, access_id, caller.subject, EndedBy.TENANT)


@router.get("/audit-log")
async def get_audit_log(
    caller: Watcher, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[EntryView]:
    """Who changed rights in your organisation, newest first. Nobody can change this log."""
    async with opened([caller.tenant_id]) as work:
        found = await work.access_queries.audit_entries(caller.tenant_id, limit, offset)
        return [EntryView.of(each) for each in found]


async def _end(
    opened: Units, tenant_id: UUID, access_id: UUID, actor: str, by: EndedBy
) -> AccessView:
    cause = cause_of(access_id)
    command = EndAccess(tenant_id, access_id, actor, by, cause)
    async with opened([tenant_id]) as work:
        access = await end_operator_access(work, command, utc_now())
        if access is None:
            raise not_found("access")
        return AccessView.of(access)
