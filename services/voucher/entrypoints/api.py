"""The HTTP contract of the voucher service."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.entrypoints.bodies import (
    LedgerLineView,
    VoucherView,
)
from services.voucher.entrypoints.languages import Speaks
from shared.auth.dependencies import TenantCaller, TenantMember, for_tenant
from shared.database.unit_of_work import UnitsOfWork
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
    "person_unknown": 404,
    "programme_unknown": 404,
    "tenant_unknown": 403,
}

router = APIRouter(prefix="/v1", tags=["voucher"])

Funder = Annotated[TenantCaller, Depends(for_tenant("funder", "tenant-admin"))]
#: Who reads a ledger and changes nothing.
Examiner = Annotated[TenantCaller, Depends(for_tenant("funder", "auditor", "tenant-admin"))]


Units = Annotated[UnitsOfWork[PostgresUnitOfWork], Depends(units)]


@router.get("/programmes/{programme_id}/ledger")
async def get_ledger(
    programme_id: UUID,
    caller: Examiner,
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
    language: Speaks,
    booking_id: UUID | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[VoucherView]:
    """The vouchers of your people, newest first; a funder sees those on its programmes too."""
    async with opened([caller.tenant_id]) as work:
        found = await work.queries.vouchers(booking_id, limit, offset)
        return [VoucherView.said(each, language) for each in found]
