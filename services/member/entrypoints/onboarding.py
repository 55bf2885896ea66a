"""Addresses to see a tenant's onboarding: now, and live."""

from collections.abc import AsyncIterator
from datetime import timedelta
from time import monotonic
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.adapters.watching import Watchers
from services.member.application.invite_again import invite_again
from services.member.application.retry_step import retry_step
from services.member.domain.onboarding import Direction
from services.member.domain.tenant import Status, Tenant
from services.member.entrypoints.applications import visible
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.onboarding_bodies import (
    AttemptView,
    OnboardingView,
    RetryBody,
    UnderWayView,
)
from services.member.entrypoints.operator_log import note
from shared.auth.dependencies import AnyCaller, Operator
from shared.clock import utc_now
from shared.http.pages import Limit, Offset
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


@router.get("/onboardings")
async def get_onboardings(
    _caller: Operator,
    opened: Units,
    recent_minutes: Annotated[
        int,
        Query(ge=0, le=1_440, description="Also who was decided on in the last so many minutes"),
    ] = 60,
    limit: Limit = 50,
) -> list[UnderWayView]:
    """Who waits for a decision or is on the way in or out, for the cooperative's staff; what failed comes first."""
    since = utc_now() - timedelta(minutes=recent_minutes)
    async with opened(operator=True) as work:
        found = await work.onboarding_queries.under_way(since, limit)
    return [UnderWayView.tell(each) for each in found]


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


@router.get("/applications/{tenant_id}/onboarding/attempts")
async def get_onboarding_attempts(
    tenant_id: UUID, _caller: Operator, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[AttemptView]:
    """Every attempt at a step that has ended, the newest first."""
    async with opened([tenant_id]) as work:
        found = await work.onboarding_queries.attempts(tenant_id, limit, offset)
    return [AttemptView.of(each) for each in found]


@router.post("/applications/{tenant_id}/onboarding/retry")
async def post_onboarding_retry(
    tenant_id: UUID, body: RetryBody, caller: Operator, opened: Units
) -> OnboardingView:
    """Have a step that failed tried again at once, instead of after its pause."""
    async with opened([tenant_id]) as work:
        tenant = await _known(work, tenant_id)
        await retry_step(work, tenant_id, body.step, utc_now())
        await note(work, caller, f"retry_{body.step}", tenant_id, body.reason or "-")
        return await _told(work, tenant)


@router.post("/applications/{tenant_id}/invitation")
async def post_invitation(tenant_id: UUID, caller: Operator, opened: Units) -> OnboardingView:
    """Write to the invited administrator once more, because the letter was lost or has expired."""
    async with opened([tenant_id]) as work:
        tenant = await _known(work, tenant_id)
        await invite_again(work, tenant_id, utc_now())
        await note(work, caller, "invite_again", tenant_id)
        return await _told(work, tenant)


async def _known(work: PostgresUnitOfWork, tenant_id: UUID) -> Tenant:
    tenant = await work.tenants.get(tenant_id)
    if tenant is None:
        raise not_found("application")
    return tenant


async def _told(work: PostgresUnitOfWork, tenant: Tenant) -> OnboardingView:
    closing = await work.processes.get(tenant.tenant_id, Direction.CLOSING)
    process = closing or await work.processes.get(tenant.tenant_id, Direction.OPENING)
    return OnboardingView.tell(tenant, process)
