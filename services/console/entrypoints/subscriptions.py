"""Subscriptions of tenants' systems and their deliveries: how they go, without what is delivered."""

import asyncio
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.application.look_at_tenant import told
from services.console.application.tenant_ports import Tenants
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.operator import Operator
from services.console.domain.subscription import ACTS, acts_for, obstacle
from services.console.entrypoints.dependencies import Acting, Visitor
from services.console.entrypoints.pages import render
from services.console.entrypoints.paging import Offset, Page
from services.console.entrypoints.tenants import SubscriptionsOf, TenantsOf
from shared.clock import utc_now

PATH: Final = "/subscriptions"
SIZE: Final = 50
SEE_OTHER: Final = 303
STATUSES: Final = ("active", "cooling", "paused_auto", "paused_by_tenant", "gone", "unverified")
WAYS: Final = ("webhook", "pull", "kafka")
DELIVERY_STATUSES: Final = ("delivered", "retrying", "held", "exhausted")

Word = Annotated[str, Query(max_length=100)]

router = APIRouter(prefix=PATH)


@router.get("")
async def subscriptions_page(
    request: Request,
    visitor: Visitor,
    subscriptions: SubscriptionsOf,
    tenant: Word = "",
    status: Word = "",
    way: Word = "",
    troubled: Word = "",
    offset: Offset = 0,
) -> HTMLResponse:
    """Every tenant's subscriptions, what has been failing longest first."""
    query = {
        "tenant_id": tenant or None,
        "status": status or None,
        "way": way or None,
        "troubled": "true" if troubled else None,
    }
    found = await subscriptions.search(visitor.token, SIZE + 1, offset, **query)
    shown = {"tenant": tenant, "status": status, "way": way, "troubled": troubled}
    return render(
        request,
        "subscriptions/list.html",
        found=found[:SIZE],
        search=shown,
        page=Page(PATH, shown, offset, len(found[:SIZE]), len(found) > SIZE, SIZE),
        statuses=STATUSES,
        ways=WAYS,
    )


@router.get("/{subscription_id}")
async def subscription_page(
    request: Request,
    subscription_id: UUID,
    visitor: Visitor,
    subscriptions: SubscriptionsOf,
    tenants: TenantsOf,
    status: Word = "",
    done: Word = "",
    offset: Offset = 0,
) -> HTMLResponse:
    """One subscription: how it goes, what waits, and its deliveries."""
    key = str(subscription_id)
    subscription = await subscriptions.get(visitor.token, key)
    keys, deliveries, may_change = await asyncio.gather(
        told(subscriptions.failing_keys(visitor.token, key)),
        told(subscriptions.deliveries(visitor.token, key, status or None, SIZE + 1, offset)),
        _may_change(tenants, visitor, subscription.tenant_id),
    )
    shown = 0 if isinstance(deliveries, ServiceTroubleError) else len(deliveries)
    return render(
        request,
        "subscriptions/subscription.html",
        subscription=subscription,
        keys=keys,
        deliveries=deliveries,
        status=status,
        statuses=DELIVERY_STATUSES,
        page=Page(
            f"{PATH}/{key}", {"status": status}, offset, min(shown, SIZE), shown > SIZE, SIZE
        ),
        acts=[
            (act, obstacle(act, subscription, may_change=may_change))
            for act in acts_for(subscription)
        ],
        done=ACTS.get(done),
    )


@router.get("/{subscription_id}/deliveries/{event_id}")
async def delivery_page(
    request: Request,
    subscription_id: UUID,
    event_id: UUID,
    visitor: Visitor,
    subscriptions: SubscriptionsOf,
) -> HTMLResponse:
    """Each attempt to deliver an event."""
    subscription, attempts = await asyncio.gather(
        subscriptions.get(visitor.token, str(subscription_id)),
        subscriptions.attempts(visitor.token, str(subscription_id), str(event_id)),
    )
    return render(
        request,
        "subscriptions/delivery.html",
        subscription=subscription,
        attempts=attempts,
        event_id=str(event_id),
    )


@router.post("/{subscription_id}/acts/{act}")
async def do_act(
    subscription_id: UUID, act: str, operator: Acting, subscriptions: SubscriptionsOf
) -> Response:
    """Do it in the tenant's place; feed refuses who has no access to the tenant."""
    if act not in ACTS:
        raise HTTPException(404)
    subscription = await subscriptions.get(operator.token, str(subscription_id))
    await subscriptions.act(operator.token, subscription, ACTS[act])
    return RedirectResponse(f"{PATH}/{subscription_id}?done={act}", SEE_OTHER)


async def _may_change(tenants: Tenants, visitor: Operator, tenant_id: str) -> bool:
    accesses = await told(tenants.accesses(visitor.token, tenant_id))
    if isinstance(accesses, ServiceTroubleError):
        return False
    now = utc_now()
    return any(
        each.operator == visitor.subject and each.may_change and each.runs(now) for each in accesses
    )
