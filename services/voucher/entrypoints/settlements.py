"""Settlement for the cooperative: it agrees prices, and issues what is owed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.agree_prices import agree_price
from services.voucher.application.issue_statements import (
    IssueStatements,
    draw_up,
    issue_statements,
)
from services.voucher.domain.party import Cooperative
from services.voucher.domain.period import day_of
from services.voucher.domain.programme import Programme
from services.voucher.domain.statement import Side
from services.voucher.entrypoints.api import Units
from services.voucher.entrypoints.billing_bodies import (
    BillView,
    DueView,
    PriceBody,
    PriceView,
    SettlementBody,
    StatementsView,
    StatementView,
)
from services.voucher.entrypoints.statements import as_xrechnung
from shared.auth.dependencies import CooperativeReader, Operator
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem, not_found

router = APIRouter(prefix="/v1/operations", tags=["settlement"])


def cooperative_of(request: Request) -> Cooperative:
    """The cooperative as invoices name it."""
    cooperative: Cooperative | None = request.app.state.cooperative
    if cooperative is None:
        detail = "This platform does not know its cooperative. Its operator sets COOPERATIVE__PARTY__NAME and so on."
        raise Problem(409, "cooperative_unknown", detail)
    return cooperative


TheCooperative = Annotated[Cooperative, Depends(cooperative_of)]


@router.post("/programmes/{programme_id}/prices", status_code=201)
async def post_price(
    programme_id: UUID,
    body: PriceBody,
    _caller: Operator,
    opened: Units,
    key: IdempotencyKey = None,
) -> PriceView:
    """Agree what the vouchers of a programme cost; what is used from then on is settled by it."""
    async with _programme(opened, programme_id) as (work, programme):

        async def action() -> PriceView:
            return PriceView.of(await agree_price(work, programme, body.price(programme_id)))

        request = (f"agree_price {programme_id}", body)
        funder_id = programme.tenant_id
        return await answer_once(work.connection, funder_id, key, request, action, PriceView)


@router.get("/programmes/{programme_id}/settlement")
async def get_settlement(
    programme_id: UUID, side: Side, last_day: date, _caller: CooperativeReader, opened: Units
) -> DueView:
    """What a settlement up to a day would issue now. Nothing is issued."""
    async with _programme(opened, programme_id) as (work, programme):
        settled = await work.settlements.so_far(programme.tenant_id, programme_id, side)
        due = await draw_up(work, programme, settled, last_day, day_of(utc_now()))
    return DueView.due(due.period, [BillView.of(each) for each in due.bills])


@router.post("/programmes/{programme_id}/settlements", status_code=201)
async def post_settlement(
    programme_id: UUID,
    body: SettlementBody,
    _caller: Operator,
    cooperative: TheCooperative,
    opened: Units,
    key: IdempotencyKey = None,
) -> StatementsView:
    """Issue what is owed up to a day, and credit notes for what was reversed since it was on a statement.

    What is used after today was settled is on the next statement.
    """
    async with _programme(opened, programme_id) as (work, programme):
        command = IssueStatements(
            programme, body.side, body.last_day, cooperative, cause_of(programme_id)
        )

        async def action() -> StatementsView:
            issued = await issue_statements(work, command, utc_now())
            return StatementsView(statements=[StatementView.of(each) for each in issued])

        request = (f"settle {programme_id}", body)
        funder_id = programme.tenant_id
        return await answer_once(work.connection, funder_id, key, request, action, StatementsView)


@router.get("/statements")
async def get_all_statements(
    _caller: CooperativeReader,
    opened: Units,
    programme_id: UUID | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[StatementView]:
    """Every statement of the cooperative, the newest first."""
    async with opened(operator=True) as work:
        found = await work.statements.statements(programme_id, limit, offset)
        return [StatementView.of(each) for each in found]


@router.get("/statements/{statement_id}/xrechnung", response_class=Response)
async def get_issued_xrechnung(
    statement_id: UUID, _caller: CooperativeReader, opened: Units
) -> Response:
    """A statement as XRechnung, to be sent to whom it is with."""
    async with opened(operator=True) as work:
        statement = await work.statements.statement(statement_id)
    if statement is None:
        raise not_found("statement")
    return as_xrechnung(statement)


@asynccontextmanager
async def _programme(
    opened: UnitsOfWork[PostgresUnitOfWork], programme_id: UUID
) -> AsyncIterator[tuple[PostgresUnitOfWork, Programme]]:
    """A unit of work that acts for a programme's funder, and for the cooperative."""
    async with opened() as work:
        funder_id = await work.statements.funder_of(programme_id)
    if funder_id is None:
        raise not_found("programme")
    async with opened([funder_id], operator=True) as work:
        programme = await work.programmes.get(programme_id)
        if programme is None:
            raise not_found("programme")
        yield work, programme
