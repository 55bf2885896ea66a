"""Corrections of vouchers over HTTP: late uses by the beneficiary or the funder, reversals by the funder."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.correct_vouchers import (
    CorrectVoucher,
    redeem_late,
    reverse_voucher,
)
from services.voucher.domain.errors import InvalidSettlementError
from services.voucher.domain.terms import MAX_CENTS
from services.voucher.domain.voucher import Voucher
from services.voucher.entrypoints.api import Units
from services.voucher.entrypoints.bodies import VoucherView
from shared.auth.dependencies import Operator, TenantCaller, for_tenant
from shared.clock import utc_now
from shared.http.fields import Body, Name
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.problems import Problem, not_found

router = APIRouter(prefix="/v1", tags=["voucher"])

Corrector = Annotated[TenantCaller, Depends(for_tenant("hr", "funder", "tenant-admin"))]
Funder = Annotated[TenantCaller, Depends(for_tenant("funder", "tenant-admin"))]
Correct = Callable[[PostgresUnitOfWork, CorrectVoucher], Awaitable[Voucher]]


class CorrectionBody(Body):
    """What is corrected, and why. Without `units` it is all of the voucher that can be."""

    units: Annotated[int | None, Field(ge=1, le=MAX_CENTS)] = None
    reason: Annotated[Name, Field(description="Stays in the ledger; name no person in it")]


@router.post("/vouchers/{voucher_id}/late-redemption")
async def post_late_redemption(
    voucher_id: UUID,
    body: CorrectionBody,
    caller: Corrector,
    opened: Units,
    key: IdempotencyKey = None,
) -> VoucherView:
    """Use a voucher that was released or has expired, as long as there are units: what it was for took place."""
    async with opened([caller.tenant_id]) as work:
        voucher = await _found(work, voucher_id)

    async def correct(work: PostgresUnitOfWork, command: CorrectVoucher) -> Voucher:
        return await redeem_late(work, command, utc_now())

    request = (f"late_redemption:{voucher_id}", body)
    return await _correct(opened, caller.tenant_id, key, request, voucher, correct)


@router.post("/vouchers/{voucher_id}/reversals")
async def post_reversal(
    voucher_id: UUID,
    body: CorrectionBody,
    caller: Funder,
    opened: Units,
    key: IdempotencyKey = None,
) -> VoucherView:
    """Take back the use of a voucher of your programme, wholly or in part; never more than was used."""
    async with opened([caller.tenant_id]) as work:
        voucher = await _found(work, voucher_id)
    if voucher.funder_id != caller.tenant_id:
        raise Problem(
            403, "not_the_funder", "Only the programme's funder takes back a use. Ask it."
        )
    return await _reverse(opened, caller.tenant_id, key, voucher, body)


@router.post("/operations/vouchers/{voucher_id}/reversals")
async def post_reversal_by_cooperative(
    voucher_id: UUID,
    body: CorrectionBody,
    _caller: Operator,
    opened: Units,
    key: IdempotencyKey = None,
) -> VoucherView:
    """Take back the use of any programme's voucher, for the cooperative."""
    async with opened(operator=True) as work:
        voucher = await _found(work, voucher_id)
    return await _reverse(opened, voucher.tenant_id, key, voucher, body)


async def _reverse(
    opened: Units, key_of: UUID, key: str | None, voucher: Voucher, body: CorrectionBody
) -> VoucherView:
    async def correct(work: PostgresUnitOfWork, command: CorrectVoucher) -> Voucher:
        return await reverse_voucher(work, command, utc_now())

    request = (f"reversal:{voucher.voucher_id}", body)
    return await _correct(opened, key_of, key, request, voucher, correct)


async def _found(work: PostgresUnitOfWork, voucher_id: UUID) -> Voucher:
    """The voucher, if it is the caller's or on a programme of its own."""
    found = (await work.vouchers.get_many([voucher_id])).get(voucher_id)
    if found is None:
        raise not_found("voucher")
    return found


async def _correct(
    opened: Units,
    key_of: UUID,
    key: str | None,
    request: tuple[str, CorrectionBody],
    voucher: Voucher,
    correct: Correct,
) -> VoucherView:
    if voucher.programme_id is None or voucher.funder_id is None:
        raise InvalidSettlementError(f"The voucher is {voucher.status}; no programme paid for it.")
    body = request[1]
    command = CorrectVoucher(
        voucher.tenant_id,
        voucher.voucher_id,
        voucher.programme_id,
        body.units,
        body.reason,
        cause_of(voucher.booking_id or voucher.voucher_id),
    )
    # The caller may see the voucher; the correction moves units of its tenant's voucher in the funder's pool.
    async with opened({key_of, voucher.tenant_id, voucher.funder_id}) as work:

        async def action() -> VoucherView:
            return VoucherView.of(await correct(work, command))

        return await answer_once(work.connection, key_of, key, request, action, VoucherView)
