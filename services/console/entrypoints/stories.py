"""Stories: found, told across the services, and their events as they were sent."""

import json
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from services.console.application.board import Board
from services.console.application.find_stories import find
from services.console.application.tell_story import MOST, PAGE, StoryTeller
from services.console.domain.errors import ServiceRefusedError
from services.console.domain.operator import OPERATOR
from services.console.domain.story_search import MOST_CHARACTERS, By, UnreadableError, Wish
from services.console.domain.wording import msg
from services.console.entrypoints.dependencies import ServicesOf, Visitor
from services.console.entrypoints.naming import names_for
from services.console.entrypoints.pages import render
from shared.clock import utc_now
from shared.http.fields import ChosenId

#: What can be looked for, in words.
KINDS: Final = {
    By.ANYTHING: msg("anything"),
    By.SUBJECT: msg("booking, voucher, credential …"),
    By.PERSON: msg("person"),
    By.TENANT: msg("tenant"),
    By.TRACE: msg("trace"),
}

router = APIRouter()


@router.get("/stories")
async def search(
    request: Request,
    visitor: Visitor,
    services: ServicesOf,
    q: Annotated[str, Query(max_length=MOST_CHARACTERS)] = "",
    by: By = By.ANYTHING,
    tenant: Annotated[str, Query(max_length=MOST_CHARACTERS)] = "",
) -> HTMLResponse:
    """Stories of what is looked for."""
    wish = Wish(q.strip(), by, tenant.strip())
    context: dict[str, Any] = {"wish": wish, "kinds": KINDS, "found": None, "names": {}}
    if not wish.text:
        return render(request, "stories/search.html", is_unreadable=False, **context)
    try:
        found = await find(services, wish, visitor.token)
    except UnreadableError:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "stories/search.html", status, is_unreadable=True, **context)
    context["found"] = found
    context["names"] = await names_for(request, visitor, [each.tenant_id for each in found.stories])
    return render(request, "stories/search.html", is_unreadable=False, **context)


@router.get("/stories/{correlation_id:path}")
async def story(
    request: Request,
    visitor: Visitor,
    services: ServicesOf,
    correlation_id: ChosenId,
    shown: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
) -> HTMLResponse:
    """One story across the services."""
    board: Board = request.app.state.board
    told = await StoryTeller(services, board.health, visitor.token).tell(correlation_id, shown)
    is_known = told.steps or told.failures or told.troubles
    return render(
        request,
        "stories/story.html",
        HTTPStatus.OK if is_known else HTTPStatus.NOT_FOUND,
        story=told,
        names=await names_for(request, visitor, told.tenants),
        traces={each: _trace_address(request, each) for each in told.traces},
        more=min(shown + PAGE, MOST) if told.has_more and shown < MOST else None,
        at=utc_now(),
        may_read=visitor.is_allowed(OPERATOR),
    )


@router.get("/events/{service}/{event_id}")
async def event(
    request: Request,
    visitor: Visitor,
    services: ServicesOf,
    service: str,
    event_id: UUID,
    story: ChosenId,
) -> HTMLResponse:
    """An event as its service sent it. The service writes down who looked."""
    if service not in services.names:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    whole, refusal = None, None
    if visitor.is_allowed(OPERATOR):
        try:
            whole = await services.get(
                service,
                f"/v1/operations/events/{event_id}",
                visitor.token,
                _whole,
                correlation_id=story,
            )
        except ServiceRefusedError as refused:
            refusal = refused
    return render(
        request,
        "stories/event.html",
        refusal.problem.status if refusal else HTTPStatus.OK,
        service=service,
        event_id=event_id,
        story=story,
        whole=whole,
        refusal=refusal,
    )


def _whole(answer: Any) -> dict[str, Any]:
    data = str(answer["data"])
    return {
        "topic": str(answer["topic"]),
        "key": str(answer["key"]),
        "headers": dict(answer["headers"]),
        "data": json.loads(data) if data else None,
    }


def _trace_address(request: Request, trace_id: str) -> str:
    return str(request.app.state.settings.trace_address(trace_id))
