"""Tenants: found, looked at, and what has become of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from services.console.adapters.subscriptions import FeedSubscriptions
from services.console.adapters.tenants import MemberTenants
from services.console.application.look_at_tenant import (
    LETTERS,
    letters_of,
    look_at_tenant,
    look_back,
)
from services.console.application.tenant_ports import Subscriptions, Tenants
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.tenant import Status, TenantSearch
from services.console.domain.tenant_acts import ACTS, offers
from services.console.entrypoints.dependencies import PeopleOf, ServicesOf, Visitor
from services.console.entrypoints.pages import render
from services.console.entrypoints.paging import Offset, Page, address
from shared.clock import utc_now

T = TypeVar("T")

PATH: Final = "/tenants"
SIZE: Final = 50
STATES: Final = (
    *("DE-BW", "DE-BY", "DE-BE", "DE-BB", "DE-HB", "DE-HH", "DE-HE", "DE-MV", "DE-NI", "DE-NW"),
    *("DE-RP", "DE-SL", "DE-SN", "DE-ST", "DE-SH", "DE-TH", "LU"),
)
KINDS: Final = (
    *("municipality", "county", "state_agency", "federal_agency", "university"),
    *("municipal_company", "partner"),
)

router = APIRouter(prefix=PATH)


async def tenants_of(services: ServicesOf) -> Tenants:
    """A dependency: the tenants."""
    return MemberTenants(services)


async def subscriptions_of(services: ServicesOf) -> Subscriptions:
    """A dependency: the subscriptions."""
    return FeedSubscriptions(services)


TenantsOf = Annotated[Tenants, Depends(tenants_of)]
SubscriptionsOf = Annotated[Subscriptions, Depends(subscriptions_of)]
Word = Annotated[str, Query(max_length=100)]


async def wanted(
    text: Word = "", status: Word = "", kind: Word = "", state: Word = ""
) -> TenantSearch:
    """A dependency: which tenants are looked for. A field that was left empty stands for any."""
    return TenantSearch(text.strip() or None, status or None, kind or None, state or None)


Wanted = Annotated[TenantSearch, Depends(wanted)]


@router.get("")
async def tenants_page(
    request: Request, visitor: Visitor, tenants: TenantsOf, search: Wanted, offset: Offset = 0
) -> HTMLResponse:
    """Tenants by name."""
    of_any_status = replace(search, status=None)
    found, counts = await asyncio.gather(
        tenants.search(visitor.token, search, SIZE + 1, offset),
        tenants.counts(visitor.token, of_any_status),
    )
    return render(
        request,
        "tenants/list.html",
        found=found[:SIZE],
        counts=counts,
        search=search,
        tabs=[(each, _narrowed(search, each)) for each in (None, *Status)],
        page=Page(PATH, asdict(search), offset, len(found[:SIZE]), len(found) > SIZE, SIZE),
        kinds=KINDS,
        states=STATES,
    )


@router.get("/{tenant_id}")
async def tenant_page(
    request: Request,
    tenant_id: UUID,
    visitor: Visitor,
    tenants: TenantsOf,
    subscriptions: SubscriptionsOf,
    services: ServicesOf,
    people: PeopleOf,
    done: Word = "",
) -> HTMLResponse:
    """A tenant as it is now, and what can be done with it."""
    page = await look_at_tenant(tenants, subscriptions, services, visitor.token, str(tenant_id))
    return render(
        request,
        "tenants/tenant.html",
        page=page,
        tenant=page.tenant,
        offers=offers(page.tenant, page.way, visitor),
        done=ACTS.get(done),
        at=utc_now(),
        people=await people.names(each.operator for each in _listed(page.accesses)),
    )


@router.get("/{tenant_id}/history")
async def history_page(
    request: Request, tenant_id: UUID, visitor: Visitor, tenants: TenantsOf, people: PeopleOf
) -> HTMLResponse:
    """What has become of a tenant over time."""
    history = await look_back(tenants, visitor.token, str(tenant_id))
    return render(
        request,
        "tenants/history.html",
        history=history,
        tenant=history.tenant,
        people=await people.names(history.operators),
    )


@router.get("/{tenant_id}/errors")
async def errors_page(
    request: Request,
    tenant_id: UUID,
    visitor: Visitor,
    tenants: TenantsOf,
    services: ServicesOf,
) -> HTMLResponse:
    """The dead letters of a tenant at every service."""
    tenant, letters = await asyncio.gather(
        tenants.get(visitor.token, str(tenant_id)),
        letters_of(services, visitor.token, str(tenant_id)),
    )
    return render(request, "tenants/errors.html", tenant=tenant, letters=letters, most=LETTERS)


def _listed(found: Sequence[T] | ServiceTroubleError) -> Sequence[T]:
    return () if isinstance(found, ServiceTroubleError) else found


def _narrowed(search: TenantSearch, status: Status | None) -> str:
    return address(PATH, {**asdict(search), "status": status})
