"""Billing for tenants: how invoices name them, what they owe or are owed, and the documents of it."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from services.voucher.adapters.xrechnung import MEDIA_TYPE, xrechnung
from services.voucher.domain.statement import Statement
from services.voucher.entrypoints.api import Funder, Units
from services.voucher.entrypoints.billing_bodies import (
    PartyBody,
    PayerBody,
    PriceView,
    StatementView,
)
from services.voucher.entrypoints.claims_file import claims_file
from shared.auth.dependencies import TenantAdmin, TenantCaller, for_tenant
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["billing"])

Accountant = Annotated[TenantCaller, Depends(for_tenant("tenant-admin", "funder", "auditor"))]


@router.put("/billing-details")
async def put_billing_details(body: PartyBody, caller: TenantAdmin, opened: Units) -> PartyBody:
    """Say how invoices name your organisation. What is issued already keeps the name it has."""
    async with opened([caller.tenant_id]) as work:
        await work.billing.keep_party(caller.tenant_id, body.party())
    return body


@router.get("/billing-details")
async def get_billing_details(caller: Accountant, opened: Units) -> PartyBody:
    """How invoices name your organisation."""
    async with opened([caller.tenant_id]) as work:
        parties = await work.billing.parties([caller.tenant_id])
    if caller.tenant_id not in parties:
        raise not_found("record of billing details")
    return PartyBody.model_validate(parties[caller.tenant_id], from_attributes=True)


@router.put("/programmes/{programme_id}/billing")
async def put_programme_billing(
    programme_id: UUID, body: PayerBody, caller: Funder, opened: Units
) -> PayerBody:
    """Say where your authority takes the invoices of a programme, and in how many days it pays."""
    async with opened([caller.tenant_id]) as work:
        if await work.programmes.get(programme_id) is None:
            raise not_found("programme")
        await work.billing.keep_payer(caller.tenant_id, programme_id, body.payer())
    return body


@router.get("/programmes/{programme_id}/billing")
async def get_programme_billing(programme_id: UUID, caller: Accountant, opened: Units) -> PayerBody:
    """Where your authority takes the invoices of a programme."""
    async with opened([caller.tenant_id]) as work:
        payer = await work.billing.payer(programme_id)
    if payer is None:
        raise not_found("record of a programme's billing")
    return PayerBody.of(payer)


@router.get("/programmes/{programme_id}/prices")
async def get_prices(programme_id: UUID, caller: Accountant, opened: Units) -> list[PriceView]:
    """What the vouchers of your programme cost, and cost before: the newest first."""
    async with opened([caller.tenant_id]) as work:
        if await work.programmes.get(programme_id) is None:
            raise not_found("programme")
        return [PriceView.of(each) for each in await work.billing.prices(programme_id)]


@router.get("/statements")
async def get_statements(
    caller: Accountant,
    opened: Units,
    programme_id: UUID | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[StatementView]:
    """What you owe the cooperative as a funder, and what it owes you as a provider: the newest first."""
    async with opened([caller.tenant_id]) as work:
        found = await work.statements.statements(programme_id, limit, offset)
        return [StatementView.of(each) for each in found]


@router.get("/statements/{statement_id}")
async def get_statement(statement_id: UUID, caller: Accountant, opened: Units) -> StatementView:
    """One of your invoices or credit notes."""
    async with opened([caller.tenant_id]) as work:
        return StatementView.of(_found(await work.statements.statement(statement_id)))


@router.get("/statements/{statement_id}/xrechnung", response_class=Response)
async def get_xrechnung(statement_id: UUID, caller: Accountant, opened: Units) -> Response:
    """The statement as XRechnung 3.0 (EN 16931, CII): what an accounting system reads."""
    async with opened([caller.tenant_id]) as work:
        statement = _found(await work.statements.statement(statement_id))
    return as_xrechnung(statement)


@router.get("/statements/{statement_id}/claims", response_class=StreamingResponse)
async def get_claims(statement_id: UUID, caller: Accountant, opened: Units) -> StreamingResponse:
    """Every ledger entry that the statement settles, as CSV: what its lines add up from."""
    async with opened([caller.tenant_id]) as work:
        statement = _found(await work.statements.statement(statement_id))

    async def lines() -> AsyncIterator[bytes]:
        async with opened([caller.tenant_id]) as work:
            async for each in claims_file(work.statements.claims(statement)):
                yield each

    return as_csv(statement, lines())


def _found(statement: Statement | None) -> Statement:
    if statement is None:
        raise not_found("statement")
    return statement


def as_xrechnung(statement: Statement) -> Response:
    """The answer with a statement's XML."""
    name = f'attachment; filename="{statement.number}.xml"'
    return Response(
        xrechnung(statement), media_type=MEDIA_TYPE, headers={"Content-Disposition": name}
    )


def as_csv(statement: Statement, lines: AsyncIterator[bytes]) -> StreamingResponse:
    """The answer with a statement's claims."""
    name = f'attachment; filename="{statement.number}.csv"'
    return StreamingResponse(
        lines, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )
