"""Addresses to see a tenant's onboarding: now, and live."""

from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.adapters.watching import Watchers
from services.member.application.invite_again import invite_again
from services.member.domain.onboarding import Direction
from services.member.domain.tenant import Status, Tenant
from services.member.entrypoints.applications import visible
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.onboarding_bodies import OnboardingView
from shared.auth.dependencies import AnyCaller, Operator
from shared.clock import utc_now
from shared.http.problems import Problem, not_found

#: A browser comes again by itself and says what it has seen; so nothing has to last longer.
STREAM_SECONDS = 600.0
#: Nothing more is to be seen by who waits for the way in.
ENDS = frozenset({Status.ACTIVE, Status.REFUSED, Status.LEFT})

router = APIRouter(prefix="/v1", tags=["member"])


async def _visible(tenant_id: UUID, caller: AnyCaller, opened: Units) -> OnboardingView:
    """The onboarding of a tenant, for its applicant and for operators."""
    async with opened([tenant_id]) as work:
        return await _told(work, visible(await work.tenants.get(tenant_id), caller))


Visible = Annotated[OnboardingView, Depends(_visible)]


@router.get("/applications/{tenant_id}/onboarding")
async def get_onboarding(tenant_id: UUID, caller: AnyCaller, opened: Units) -> OnboardingView:
    """Each step with its state, its times, its attempts, and what went wrong last."""
    return await _visible(tenant_id, caller, opened)


async def _watchers(request: Request) -> Watchers:
    watchers: Watchers = request.app.state.watchers
    if watchers.is_full:
        detail = "Too many are watching already. Ask for the state now and then instead."
        raise Problem(503, "too_many_watchers", detail, headers={"Retry-After": "10"})
    return watchers


@router.get("/applications/{tenant_id}/onboarding/events", response_class=EventSourceResponse)
async def stream_onboarding(
    tenant_id: UUID,
    _visible_to_caller: Visible,
    opened: Units,
    watchers: Annotated[Watchers, Depends(_watchers)],
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """The same whenever it changes, as server-sent events; it ends when the tenant is active.

    Who comes again with the last event's id hears of what is new since then.
    """
    seen, until = last_event_id, monotonic() + STREAM_SECONDS
    async with watchers.watching(tenant_id) as watch:
        while monotonic() < until:
            async with opened([tenant_id]) as work:
                tenant = await work.tenants.get(tenant_id)
                if tenant is None:
                    return
                view = await _told(work, tenant)
            if view.fingerprint != seen:
                seen = view.fingerprint
                yield ServerSentEvent(event=view.status, id=seen, data=view)
            if view.status in ENDS:
                return
            await watch.changed()


@router.post("/applications/{tenant_id}/invitation")
async def post_invitation(tenant_id: UUID, _caller: Operator, opened: Units) -> OnboardingView:
    """Write to the invited administrator once more, because the letter was lost or has expired."""
    async with opened([tenant_id]) as work:
        await invite_again(work, tenant_id, utc_now())
        tenant = await work.tenants.get(tenant_id)
        if tenant is None:
            raise not_found("application")
        return await _told(work, tenant)


async def _told(work: PostgresUnitOfWork, tenant: Tenant) -> OnboardingView:
    closing = await work.processes.get(tenant.tenant_id, Direction.CLOSING)
    process = closing or await work.processes.get(tenant.tenant_id, Direction.OPENING)
    return OnboardingView.tell(tenant, process)
