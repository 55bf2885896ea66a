"""Addresses for assignments by HR."""

from uuid import UUID, uuid4

from fastapi import APIRouter

from services.voucher.application.assign_vouchers import assign_vouchers, withdraw_assignment
from services.voucher.application.hold_vouchers import HoldVoucher
from services.voucher.domain.terms import Step
from services.voucher.entrypoints.api import Units
from services.voucher.entrypoints.bodies import VoucherView
from services.voucher.entrypoints.dependencies import Hr, with_funder
from services.voucher.entrypoints.giving_bodies import (
    AssignmentsBody,
    AssignmentsView,
    AssignmentView,
)
from shared.auth.dependencies import TenantCaller
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["assignments"])


@router.post("/programmes/{programme_id}/assignments")
async def post_assignments(
    programme_id: UUID,
    body: AssignmentsBody,
    caller: Hr,
    opened: Units,
    key: IdempotencyKey = None,
) -> AssignmentsView:
    """Hold a voucher for each of these people of yours. Who gets none is told why; the others get theirs."""
    commands = [_hold(caller, programme_id, person_id) for person_id in body.person_ids]
    async with opened(await with_funder(opened, caller.tenant_id, programme_id)) as work:

        async def action() -> AssignmentsView:
            answers = await assign_vouchers(work, commands, utc_now())
            told = zip(body.person_ids, answers, strict=True)
            return AssignmentsView(answers=[AssignmentView.answer(*each) for each in told])

        request = (f"assign {programme_id}", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, AssignmentsView
        )


@router.post("/vouchers/{voucher_id}/withdrawal")
async def post_withdrawal(voucher_id: UUID, caller: Hr, opened: Units) -> VoucherView:
    """Take back a voucher that is assigned and with which nothing is booked."""
    async with opened([caller.tenant_id]) as work:
        found = (await work.vouchers.get_many([voucher_id])).get(voucher_id)
    if found is None or found.tenant_id != caller.tenant_id:
        raise not_found("voucher")
    async with opened({caller.tenant_id, found.funder_id or caller.tenant_id}) as work:
        voucher = await withdraw_assignment(
            work, caller.tenant_id, voucher_id, caller.subject, utc_now()
        )
        if voucher is None:
            raise not_found("voucher")
        return VoucherView.of(voucher)


def _hold(caller: TenantCaller, programme_id: UUID, person_id: UUID) -> HoldVoucher:
    voucher_id = uuid4()
    return HoldVoucher(
        caller.tenant_id,
        voucher_id,
        person_id,
        programme_id,
        frozenset({Step.HR}),
        f"assigned by {caller.subject}",
        cause_of(voucher_id),
    )
