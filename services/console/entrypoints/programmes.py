"""Programmes: how much of each is used, how long it will last, and why claims were refused."""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from services.console.application.programmes import PAGE, programme, programmes
from services.console.domain.wording import msg
from services.console.entrypoints.dependencies import ServicesOf, Visitor
from services.console.entrypoints.naming import names_for
from services.console.entrypoints.pages import render
from shared.clock import utc_now

#: Why the voucher service refuses a claim, in words.
REASONS: Final = {
    "exhausted": msg("All vouchers were taken"),
    "no_programme": msg("No open programme pays for it"),
    "not_open_yet": msg("The programme had not opened yet"),
    "closed": msg("The programme had closed"),
    "outside_area": msg("The organisation lies outside of the area"),
    "tenant_kind_not_eligible": msg("Not for organisations of this kind"),
    "offer_not_eligible": msg("The programme does not pay for this offer"),
    "offer_kind_not_eligible": msg("The programme does not pay for offers of this kind"),
    "competence_field_not_eligible": msg("The programme does not pay for this competence field"),
    "role_not_eligible": msg("Not for people with these roles"),
    "price_unknown": msg("The offer does not say what it costs"),
    "free_of_charge": msg("The offer costs nothing"),
    "person_limit_reached": msg("The person had as many vouchers as are allowed"),
    "tenant_limit_reached": msg("The organisation had as many vouchers as are allowed"),
    "month_limit_reached": msg("The organisation had as many vouchers as are allowed in a month"),
    "approval_needed": msg("Nobody had approved it"),
    "no_allocation": msg("The organisation has no allocation"),
    "allocation_exhausted": msg("The organisation's allocation was used up"),
    "budget_exhausted": msg("Not enough money was left"),
    "draft": msg("The programme was not open"),
    "tenant_suspended": msg("The organisation is suspended"),
    "tenant_not_active": msg("The organisation has left"),
}

router = APIRouter()


@router.get("/programmes")
async def list_programmes(
    request: Request,
    visitor: Visitor,
    services: ServicesOf,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> HTMLResponse:
    """Every funder's programmes."""
    found = await programmes(services, visitor.token, offset)
    shown = found[:PAGE]
    return render(
        request,
        "programmes/list.html",
        rows=shown,
        names=await names_for(request, visitor, [each.funder_id for each in shown]),
        offset=offset,
        earlier=max(0, offset - PAGE) if offset else None,
        later=offset + PAGE if len(found) > PAGE else None,
    )


@router.get("/programmes/{programme_id}")
async def one_programme(
    request: Request, visitor: Visitor, services: ServicesOf, programme_id: UUID
) -> HTMLResponse:
    """One programme."""
    found = await programme(services, visitor.token, str(programme_id))
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return render(
        request,
        "programmes/programme.html",
        programme=found,
        days=found.every_day(utc_now()),
        reasons=REASONS,
        names=await names_for(request, visitor, [found.funder_id]),
    )
