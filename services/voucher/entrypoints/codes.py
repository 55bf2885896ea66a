"""Addresses for codes on paper: HR prints them, people use them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import Field

from services.voucher.adapters.code_attempts import RedisAttempts
from services.voucher.adapters.codes import CodeFingerprints
from services.voucher.application.code_ports import TooManyAttemptsError
from services.voucher.application.issue_codes import IssueCodes, issue_codes, withdraw_codes
from services.voucher.application.redeem_codes import RedeemCode
from services.voucher.domain.code import number_of
from services.voucher.domain.code_sheet import MAX_CODES, MAX_USES, CodeSheet, UnknownCodeError
from services.voucher.entrypoints.api import Units
from services.voucher.entrypoints.dependencies import Hr, person_meant
from services.voucher.entrypoints.giving_bodies import HeldView
from services.voucher.entrypoints.redeeming import Redeemer
from shared.auth.dependencies import TenantCaller, TenantMember
from shared.clock import utc_now
from shared.http.fields import Body, Moment, Name, View
from shared.http.idempotency import IdempotencyKey
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem, not_found
from shared.http.spreadsheets import line

router = APIRouter(prefix="/v1", tags=["codes"])

CSV = "text/csv"
_COLUMNS = ("number", "code", "title", "uses", "expires_at")


async def _fingerprints(request: Request) -> CodeFingerprints:
    made: CodeFingerprints = request.app.state.code_fingerprints
    return made


async def _attempts(request: Request) -> RedisAttempts:
    return RedisAttempts(request.app.state.cache)


Fingerprints = Annotated[CodeFingerprints, Depends(_fingerprints)]
Attempts = Annotated[RedisAttempts, Depends(_attempts)]


class CodeSheetBody(Body):
    """A sheet of codes on a programme, for your people without a mailbox."""

    programme_id: UUID
    title: Name
    codes: Annotated[int, Field(ge=1, le=MAX_CODES)]
    uses: Annotated[int, Field(ge=1, le=MAX_USES, description="How many people may use each")] = 1
    expires_at: Moment


class CodeSheetView(View):
    """A sheet, without its codes, which nobody can show again."""

    sheet_id: UUID
    programme_id: UUID
    title: str
    codes: int
    uses: int
    created_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None


class IssuedSheetView(View):
    """A new sheet with its codes: print them now."""

    sheet: CodeSheetView
    codes: Sequence[str]


class RedemptionBody(Body):
    """A code as it is typed, in any case and grouping. HR may use it for somebody else, whom it names."""

    code: Annotated[str, Field(min_length=1, max_length=100)]
    person_id: UUID | None = None


@router.post(
    "/code-sheets",
    status_code=201,
    response_model=IssuedSheetView,
    responses={201: {"content": {CSV: {}}}},
)
async def post_code_sheet(
    body: CodeSheetBody,
    caller: Hr,
    opened: Units,
    fingerprints: Fingerprints,
    response: Response,
    accept: Annotated[str, Header()] = "",
) -> Response | IssuedSheetView:
    """Print a sheet: as CSV for a mail merge when `Accept` asks for text/csv.

    The codes are shown in this answer only. Should it be lost, withdraw the sheet and print another.
    """
    command = IssueCodes(
        caller.tenant_id,
        uuid4(),
        body.programme_id,
        body.title,
        body.codes,
        body.uses,
        body.expires_at,
        caller.subject,
    )
    async with opened([caller.tenant_id]) as work:
        sheet, codes = await issue_codes(work, command, fingerprints, secrets.randbits, utc_now())
    if CSV in accept:
        return _csv(sheet, codes)
    response.headers["Cache-Control"] = "no-store"
    return IssuedSheetView(sheet=CodeSheetView.of(sheet), codes=codes)


@router.get("/code-sheets")
async def get_code_sheets(
    caller: Hr, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[CodeSheetView]:
    """Your sheets, the newest first."""
    async with opened([caller.tenant_id]) as work:
        return [CodeSheetView.of(each) for each in await work.code_sheets.some(limit, offset)]


@router.post("/code-sheets/{sheet_id}/withdrawal")
async def post_sheet_withdrawal(sheet_id: UUID, caller: Hr, opened: Units) -> CodeSheetView:
    """Have nobody use the sheet's codes any more: it was lost, say. What was taken stays."""
    async with opened([caller.tenant_id]) as work:
        sheet = await withdraw_codes(work, caller.tenant_id, sheet_id, utc_now())
        if sheet is None:
            raise not_found("sheet")
        return CodeSheetView.of(sheet)


@router.post("/codes/redemptions", status_code=201)
async def post_redemption(
    body: RedemptionBody,
    caller: TenantMember,
    opened: Units,
    fingerprints: Fingerprints,
    attempts: Attempts,
    redeemer: Redeemer,
    key: IdempotencyKey = None,
) -> HeldView:
    """Use a code, for yourself or as HR for somebody else: a voucher is held until it expires."""
    await _require_attempts(attempts, caller)
    fingerprint = fingerprints.of(number_of(body.code))
    person_id = await person_meant(opened, caller, body.person_id)
    voucher_id = uuid4()
    command = RedeemCode(caller.tenant_id, voucher_id, person_id, fingerprint, cause_of(voucher_id))
    try:
        return await redeemer.redeem(command, key, body)
    except UnknownCodeError:
        await attempts.count(caller.tenant_id, caller.subject)
        raise


async def _require_attempts(attempts: RedisAttempts, caller: TenantCaller) -> None:
    try:
        await attempts.require_left(caller.tenant_id, caller.subject)
    except TooManyAttemptsError as error:
        again = {"Retry-After": str(error.seconds)}
        raise Problem(429, error.code, str(error), headers=again) from error


def _csv(sheet: CodeSheet, codes: Sequence[str]) -> Response:
    rows = [
        (number, code, sheet.title, sheet.uses, sheet.expires_at)
        for number, code in enumerate(codes, 1)
    ]
    content = b"".join(map(line, (_COLUMNS, *rows)))
    named = {"Content-Disposition": f'attachment; filename="codes-{sheet.sheet_id}.csv"'}
    return Response(content, 201, {**named, "Cache-Control": "no-store"}, f"{CSV}; charset=utf-8")
