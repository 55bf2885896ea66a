"""Replays: a topic read again by a service, counted first, confirmed by a second person."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Path, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, StringConstraints

from services.console.adapters.replaying import HttpReplaying
from services.console.domain.decisions import refused_to_act
from services.console.domain.errors import (
    ServiceRefusedError,
    ServiceSilentError,
    ServiceTroubleError,
)
from services.console.domain.operator import Operator
from services.console.entrypoints.dependencies import (
    Acting,
    Confirming,
    ServiceName,
    Visitor,
)
from services.console.entrypoints.moments import typed_moment
from services.console.entrypoints.pages import render
from services.console.entrypoints.repair_choices import LARGEST_ID
from services.console.entrypoints.repair_views import Asking, AskingOf, newest_first, unknown

router = APIRouter()

ReplayId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Words = Annotated[str, StringConstraints(max_length=200)]


class Wish(BaseModel):
    """A replay as it is typed in."""

    topic: Words = ""
    begin: Literal["start", "since", "offset"] = "start"
    since: Words = ""
    from_offset: Words = ""
    reason: Words = ""

    def body(self, zone: ZoneInfo) -> dict[str, Any]:
        """As services take it. Raises ValueError for a time that is none."""
        asked: dict[str, Any] = {"topic": self.topic, "reason": self.reason}
        if self.begin == "since":
            moment = typed_moment(self.since, zone)
            return {**asked, "since": moment.isoformat() if moment else ""}
        if self.begin == "offset":
            return {**asked, "from_offset": self.from_offset}
        return asked


@router.get("/replays")
async def replays(asking: AskingOf, visitor: Visitor) -> HTMLResponse:
    """The replays of all services, and how to ask for one."""
    desk = HttpReplaying(asking.services, visitor.token)
    found, silent = newest_first(await desk.replays(), lambda each: each.asked_at)
    return render(
        asking.request,
        "replays/replays.html",
        replays=found,
        silent=silent,
        services=asking.services.names,
        refused=refused_to_act(visitor),
        people=await asking.people.names(each.asked_by for _, each in found),
    )


@router.get("/replays/{service}/new")
async def new(asking: AskingOf, visitor: Visitor, service: ServiceName) -> HTMLResponse:
    """Which topic from when, and why."""
    return await _asked(asking, visitor, service)


@router.post("/replays/{service}/new")
async def ask(
    asking: AskingOf,
    operator: Acting,
    service: ServiceName,
    wish: Annotated[Wish, Form()],
) -> Response:
    """Have the service count what it would read."""
    typed = wish.model_dump()
    try:
        body = wish.body(ZoneInfo(asking.request.app.state.settings.time_zone))
    except ValueError:
        return await _asked(asking, operator, service, typed=typed, mistyped=True)
    try:
        made = await HttpReplaying(asking.services, operator.token).ask(service, body)
    except ServiceRefusedError as refused:
        return await _asked(asking, operator, service, typed=typed, trouble=refused)
    except ServiceSilentError as silent:
        return unknown(asking, silent, "/replays", wish.reason)
    return RedirectResponse(f"/replays/{service}/{made.id}", 303)


@router.get("/replays/{service}/{replay_id}")
async def replay(
    asking: AskingOf,
    visitor: Visitor,
    service: ServiceName,
    replay_id: ReplayId,
) -> HTMLResponse:
    """One replay: its effect as the service counted it, where it stands, and what can be decided."""
    return await _shown(asking, visitor, service, replay_id)


@router.post("/replays/{service}/{replay_id}/{decision}")
async def decide(
    asking: AskingOf,
    operator: Confirming,
    service: ServiceName,
    replay_id: ReplayId,
    decision: Literal["confirmation", "cancellation"],
) -> Response:
    """Confirm or cancel; the service judges who may."""
    address = f"/replays/{service}/{replay_id}"
    try:
        await HttpReplaying(asking.services, operator.token).decide(service, replay_id, decision)
    except ServiceRefusedError as refused:
        return await _shown(asking, operator, service, replay_id, trouble=refused)
    except ServiceSilentError as silent:
        return unknown(asking, silent, address)
    return RedirectResponse(address, 303)


async def _asked(
    asking: Asking,
    operator: Operator,
    service: str,
    *,
    typed: dict[str, Any] | None = None,
    trouble: ServiceRefusedError | None = None,
    mistyped: bool = False,
) -> HTMLResponse:
    topics = (await HttpReplaying(asking.services, operator.token).topics())[service]
    return render(
        asking.request,
        "replays/new.html",
        trouble.problem.status if trouble else 422 if mistyped else 200,
        service=service,
        topics=[] if isinstance(topics, ServiceTroubleError) else topics,
        typed=typed or {},
        trouble=trouble,
        mistyped=mistyped,
        refused=refused_to_act(operator),
    )


async def _shown(
    asking: Asking,
    operator: Operator,
    service: str,
    replay_id: int,
    *,
    trouble: ServiceRefusedError | None = None,
) -> HTMLResponse:
    told = await HttpReplaying(asking.services, operator.token).replay(service, replay_id)
    if told is None:
        raise HTTPException(404)
    return render(
        asking.request,
        "replays/replay.html",
        trouble.problem.status if trouble else 200,
        service=service,
        replay=told,
        drawn=told.state,
        decisions=told.decisions(operator),
        trouble=trouble,
        people=await asking.people.names([told.asked_by, told.confirmed_by]),
    )
