"""The HTTP contract of the voucher service."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.open_programme import OpenProgramme, open_programme
from services.voucher.domain.eligibility import first_refusal
from services.voucher.domain.errors import TenantNotKnownError
from services.voucher.entrypoints.bodies import (
    EligibilityView,
    LedgerLineView,
    ProgrammeBody,
    ProgrammeView,
    TenantUseView,
    VoucherView,
)
from shared.auth.dependencies import TenantCaller, TenantMember, for_tenant
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found
from shared.processes.api import units

#: HTTP status of each code of the domain's errors; 409 for the rest.
STATUSES = {
    "invalid_financing_plan": 422,
    "invalid_billing_details": 422,
    "invalid_period": 422,
    "invalid_price": 422,
    "invalid_programme": 422,
    "invalid_units": 422,
    "tenant_unknown": 403,
}

router = APIRouter(prefix="/v1", tags=["voucher"])

Funder = Annotated[TenantCaller, Depends(for_tenant("funder", "tenant-admin"))]


Units = Annotated[UnitsOfWork[PostgresUnitOfWork], Depends(units)]


@router.post("/programmes", status_code=201)
async def post_programme(
    body: ProgrammeBody, caller: Funder, opened: Units, key: IdempotencyKey = None
) -> ProgrammeView:
    """Open a programme: its vouchers are granted at once."""
    programme_id = uuid4()
    command = OpenProgramme(
        tenant_id=caller.tenant_id,
        programme_id=programme_id,
        terms=body.terms(),
        vouchers=body.vouchers,
        cause=cause_of(programme_id),
    )
    async with opened([caller.tenant_id]) as work:

        async def action() -> ProgrammeView:
            return ProgrammeView.of(await open_programme(work, command, utc_now()))

        request = ("open_programme", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, ProgrammeView
        )


@router.get("/programmes")
async def get_programmes(
    caller: TenantMember, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[ProgrammeView]:
    """Your own programmes, newest first."""
    async with opened([caller.tenant_id]) as work:
        return [ProgrammeView.of(each) for each in await work.queries.programmes(limit, offset)]


@router.get("/programmes/{programme_id}")
async def get_programme(programme_id: UUID, caller: TenantMember, opened: Units) -> ProgrammeView:
    """One of your own programmes, with what is left."""
    async with opened([caller.tenant_id]) as work:
        programme = await work.programmes.get(programme_id)
        if programme is None:
            raise not_found("programme")
        return ProgrammeView.of(programme)


@router.get("/programmes/{programme_id}/eligibility")
async def get_eligibility(
    programme_id: UUID, caller: TenantMember, opened: Units
) -> EligibilityView:
    """Whether your organisation may use any funder's programme, and why not."""
    async with opened([caller.tenant_id]) as work:
        terms = await work.queries.terms(programme_id)
        if terms is None:
            raise not_found("programme")
        known = await work.tenants.get_many([caller.tenant_id])
        if caller.tenant_id not in known:
            raise TenantNotKnownError
        refusal = first_refusal(terms.eligibility.of_tenant(known[caller.tenant_id]))
        return EligibilityView.judge(programme_id, terms, refusal)


@router.get("/programmes/{programme_id}/use")
async def get_use(programme_id: UUID, caller: Funder, opened: Units) -> list[TenantUseView]:
    """What became of the claims on your programme, by tenant."""
    async with opened([caller.tenant_id]) as work:
        if await work.programmes.get(programme_id) is None:
            raise not_found("programme")
        return [TenantUseView.of(each) for each in await work.queries.use_by_tenant(programme_id)]


@router.get("/programmes/{programme_id}/ledger")
async def get_ledger(
    programme_id: UUID,
    caller: Funder,
    opened: Units,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Limit = 50,
) -> list[LedgerLineView]:
    """Every transfer of your programme, in order."""
    async with opened([caller.tenant_id]) as work:
        if await work.programmes.get(programme_id) is None:
            raise not_found("programme")
        lines = await work.queries.ledger(programme_id, after, limit)
        return [LedgerLineView.of(line) for line in lines]


@router.get("/vouchers")
async def get_vouchers(
    caller: TenantMember,
    opened: Units,
    booking_id: UUID | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[VoucherView]:
    """The vouchers of your people, newest first; a funder sees those on its programmes too."""
    async with opened([caller.tenant_id]) as work:
        found = await work.queries.vouchers(booking_id, limit, offset)
        return [VoucherView.of(each) for each in found]
