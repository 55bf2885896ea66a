"""Addresses for what becomes of a tenant: its name, suspension, exclusion, and its official keys."""

from uuid import UUID

from fastapi import APIRouter

from services.member.application.change_tenant import (
    ChangeKey,
    RenameTenant,
    change_key,
    rename_tenant,
)
from services.member.application.leave import GiveNotice, give_notice, withdraw_notice
from services.member.application.suspend_tenant import resume_tenant, suspend_tenant
from services.member.domain.organisation import OfficialKey
from services.member.domain.statutes import STATUTES
from services.member.domain.tenant import Party, Tenant
from services.member.entrypoints.bodies import TenantView
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.operator_log import note
from services.member.entrypoints.tenants_bodies import (
    ExclusionBody,
    HeldKeyView,
    NameBody,
    OfficialKeyBody,
    ReasonBody,
    held_key,
)
from shared.auth.dependencies import Operator, TenantAdmin, TenantMember
from shared.clock import utc_now
from shared.http.middleware import cause_of
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["member"])


@router.get("/tenant")
async def get_tenant(caller: TenantMember, opened: Units) -> TenantView:
    """Your own organisation."""
    async with opened([caller.tenant_id]) as work:
        return shown(await work.tenants.get(caller.tenant_id))


@router.patch("/tenant")
async def patch_tenant(body: NameBody, caller: TenantAdmin, opened: Units) -> TenantView:
    """Say what your organisation is called from now on; the register of members follows."""
    command = RenameTenant(caller.tenant_id, body.name, caller.subject, cause_of(caller.tenant_id))
    async with opened([caller.tenant_id]) as work:
        return shown(await rename_tenant(work, command, utc_now()))


@router.post("/tenants/{tenant_id}/suspension")
async def post_suspension(
    tenant_id: UUID, body: ReasonBody, caller: Operator, opened: Units
) -> TenantView:
    """Let a tenant change nothing any more, at once, in every service. Repeating it keeps the first reason."""
    async with opened([tenant_id]) as work:
        tenant = await suspend_tenant(work, tenant_id, body.reason, cause_of(tenant_id), utc_now())
        await note(work, caller, "suspend", tenant_id, body.reason)
        return shown(tenant)


@router.post("/tenants/{tenant_id}/suspension/lifting")
async def post_lifting(
    tenant_id: UUID, body: ReasonBody, caller: Operator, opened: Units
) -> TenantView:
    """Let a suspended tenant go on. Repeating it changes nothing."""
    async with opened([tenant_id]) as work:
        tenant = await resume_tenant(work, tenant_id, cause_of(tenant_id))
        await note(work, caller, "lift_suspension", tenant_id, body.reason)
        return shown(tenant)


@router.post("/tenants/{tenant_id}/exclusion")
async def post_exclusion(
    tenant_id: UUID, body: ExclusionBody, caller: Operator, opened: Units
) -> TenantView:
    """End a membership for the cooperative, to a day; until then the tenant may do everything."""
    command = GiveNotice(
        tenant_id, Party.COOPERATIVE, body.reason, cause_of(tenant_id), body.last_day
    )
    async with opened([tenant_id]) as work:
        tenant = await give_notice(work, command, utc_now(), STATUTES)
        await note(work, caller, "exclude", tenant_id, body.reason)
        return shown(tenant)


@router.post("/tenants/{tenant_id}/exclusion/withdrawal")
async def post_exclusion_withdrawal(
    tenant_id: UUID, body: ReasonBody, caller: Operator, opened: Units
) -> TenantView:
    """Take an exclusion back before its day."""
    async with opened([tenant_id]) as work:
        tenant = await withdraw_notice(work, tenant_id, Party.COOPERATIVE, cause_of(tenant_id))
        await note(work, caller, "withdraw_exclusion", tenant_id, body.reason)
        return shown(tenant)


@router.get("/tenants/{tenant_id}/official-keys")
async def get_official_keys(tenant_id: UUID, _caller: Operator, opened: Units) -> list[HeldKeyView]:
    """The official keys that a tenant has had, has and will have."""
    async with opened([tenant_id]) as work:
        shown(await work.tenants.get(tenant_id))
        history = await work.official_keys.get(tenant_id)
    return [held_key(each.key, each.valid_from, each.valid_to) for each in history.keys]


@router.put("/tenants/{tenant_id}/official-keys")
async def put_official_key(
    tenant_id: UUID, body: OfficialKeyBody, caller: Operator, opened: Units
) -> TenantView:
    """Give a tenant another key from a day on, such as after a merger. Repeating it changes nothing."""
    key = OfficialKey(body.official_key)
    command = ChangeKey(tenant_id, key, body.valid_from, cause_of(tenant_id))
    async with opened([tenant_id]) as work:
        tenant = await change_key(work, command, utc_now())
        await note(work, caller, "change_key", tenant_id, body.model_dump_json())
        return shown(tenant)


def shown(tenant: Tenant | None) -> TenantView:
    """The view of a tenant. Raises Problem 404 when there is none."""
    if tenant is None:
        raise not_found("tenant")
    return TenantView.of(tenant)
