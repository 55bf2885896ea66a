"""Addresses for a tenant's own membership: its shares, notice, and the export of its data."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from services.member.adapters.tenant_data import EXPORTED
from services.member.application.change_shares import (
    ChangeShares,
    cancel_shares,
    subscribe_shares,
)
from services.member.application.leave import GiveNotice, give_notice, withdraw_notice
from services.member.domain.cooperative_errors import NotAMemberError
from services.member.domain.statutes import STATUTES, day_of
from services.member.domain.tenant import Party
from services.member.entrypoints.bodies import TenantView
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.export import begin_export
from services.member.entrypoints.tenants import shown
from services.member.entrypoints.tenants_bodies import Day, MembershipView, NoticeBody, SharesBody
from shared.auth.dependencies import LeavingAdmin, TenantAdmin
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/tenant", tags=["member"])

AsOf = Annotated[Day | None, Query(description="The day, at the cooperative's seat; today without")]


@router.get("/membership")
async def get_membership(caller: TenantAdmin, opened: Units, as_of: AsOf = None) -> MembershipView:
    """Your shares, what is paid in, and every entry about you in the register of members."""
    async with opened([caller.tenant_id]) as work:
        member = await work.memberships.get(caller.tenant_id)
    if member is None:
        raise NotAMemberError
    return MembershipView.as_of_day(member, as_of or today())


@router.post("/shares/subscriptions", status_code=201)
async def post_subscription(
    body: SharesBody, caller: TenantAdmin, opened: Units, key: IdempotencyKey = None
) -> MembershipView:
    """Take more shares, from today on."""
    command = ChangeShares(caller.tenant_id, body.shares, caller.subject)
    async with opened([caller.tenant_id]) as work:

        async def action() -> MembershipView:
            member = await subscribe_shares(work, command, utc_now())
            return MembershipView.as_of_day(member, today())

        request = ("subscribe_shares", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, MembershipView
        )


@router.post("/shares/cancellations", status_code=201)
async def post_cancellation(
    body: SharesBody, caller: TenantAdmin, opened: Units, key: IdempotencyKey = None
) -> MembershipView:
    """Give notice of some shares, to the end of a financial year. One stays as long as you are a member."""
    command = ChangeShares(caller.tenant_id, body.shares, caller.subject)
    async with opened([caller.tenant_id]) as work:

        async def action() -> MembershipView:
            member = await cancel_shares(work, command, utc_now(), STATUTES)
            return MembershipView.as_of_day(member, today())

        request = ("cancel_shares", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, MembershipView
        )


@router.post("/notice", status_code=201)
async def post_notice(
    body: NoticeBody, caller: TenantAdmin, opened: Units, key: IdempotencyKey = None
) -> TenantView:
    """Leave the cooperative at the end of a financial year; until then you may do everything."""
    command = GiveNotice(caller.tenant_id, Party.MEMBER, body.reason, cause_of(caller.tenant_id))
    async with opened([caller.tenant_id]) as work:

        async def action() -> TenantView:
            return shown(await give_notice(work, command, utc_now(), STATUTES))

        request = ("give_notice", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, TenantView
        )


@router.post("/notice/withdrawal")
async def post_notice_withdrawal(caller: TenantAdmin, opened: Units) -> TenantView:
    """Take your notice back before its day."""
    tenant_id = caller.tenant_id
    async with opened([tenant_id]) as work:
        return shown(await withdraw_notice(work, tenant_id, Party.MEMBER, cause_of(tenant_id)))


@router.get("/export", response_class=StreamingResponse)
async def get_export(caller: LeavingAdmin, opened: Units) -> StreamingResponse:
    """Everything that is kept of your organisation here: a line of JSON each, the last one counts them."""
    async with opened([caller.tenant_id]) as work:
        tenant = await work.tenants.get(caller.tenant_id)
    if tenant is None or tenant.deleted_at:
        raise not_found("export")
    lines = await begin_export(opened, EXPORTED, caller.tenant_id)
    name = f'attachment; filename="{caller.tenant_id}.ndjson"'
    return StreamingResponse(
        lines, media_type="application/x-ndjson", headers={"Content-Disposition": name}
    )


def today() -> date:
    """The day that it is at the cooperative's seat."""
    return day_of(utc_now())
