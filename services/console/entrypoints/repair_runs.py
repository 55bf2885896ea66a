"""Repairs: chosen with a reason, previewed with a frozen count, confirmed, followed, stopped."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.console.adapters.repairing import HttpRepairing
from services.console.application import choose_letters
from services.console.domain.dead_letters import Letter
from services.console.domain.decisions import refused_to_act
from services.console.domain.errors import (
    ServiceRefusedError,
    ServiceSilentError,
)
from services.console.domain.operator import Operator
from services.console.domain.repair import holders
from services.console.entrypoints.dependencies import (
    Acting,
    Confirming,
    ServiceName,
    Visitor,
)
from services.console.entrypoints.pages import render
from services.console.entrypoints.repair_choices import LARGEST_ID, Choice, Chosen
from services.console.entrypoints.repair_views import Asking, AskingOf, standing, unknown

router = APIRouter()

SHOWN: Final = 100

Reason = Annotated[str, Form(max_length=200)]
#: The last letter that was seen: what failed after it was not.
UpTo = Annotated[int, Form(ge=0, le=LARGEST_ID)]
LetterState = Literal["waiting", "driven", "resolved", "failed", "discarded", "gone", "released"]


@router.get("/repairs/{service}/preview")
async def choice(
    asking: AskingOf,
    visitor: Visitor,
    service: ServiceName,
    chosen: Chosen,
) -> HTMLResponse:
    """What is chosen, and the reason to be given before anything is held."""
    return await _asked(asking, visitor, service, chosen)


@router.post("/repairs/{service}/preview")
async def preview(
    asking: AskingOf,
    operator: Acting,
    service: ServiceName,
    chosen: Chosen,
    reason: Reason = "",
    up_to: UpTo = 0,
) -> Response:
    """Have the service count, freeze and hold it. What it refuses is said on the same page, with the reason kept."""
    desk = HttpRepairing(asking.services, operator.token)
    ids = chosen.ids
    try:
        if chosen.by == "filter":
            ids = tuple(each for each in (await _found(desk, service, chosen)).ids if each <= up_to)
        made = await desk.preview(service, chosen.body(ids, reason))
    except ServiceRefusedError as refused:
        return await _asked(asking, operator, service, chosen, reason=reason, trouble=refused)
    except ServiceSilentError as silent:
        return unknown(asking, silent, f"/repairs?service={service}", reason)
    return RedirectResponse(f"/repairs/{service}/{made.repair_id}", 303)


@router.get("/repairs/{service}/{repair_id}")
async def repair(
    asking: AskingOf,
    visitor: Visitor,
    service: ServiceName,
    repair_id: UUID,
    state: LetterState | None = None,
) -> HTMLResponse:
    """One repair: its effect in words, where it stands, what became of each letter, and what can be decided."""
    return await _shown(asking, visitor, service, repair_id, state=state)


@router.post("/repairs/{service}/{repair_id}/{decision}")
async def decide(
    asking: AskingOf,
    operator: Confirming,
    service: ServiceName,
    repair_id: UUID,
    decision: Literal["confirmation", "pause", "resumption", "cancellation"],
) -> Response:
    """Confirm, pause, go on or cancel; the service judges who may."""
    address = f"/repairs/{service}/{repair_id}"
    try:
        await HttpRepairing(asking.services, operator.token).decide(
            service, str(repair_id), decision
        )
    except ServiceRefusedError as refused:
        return await _shown(asking, operator, service, repair_id, trouble=refused)
    except ServiceSilentError as silent:
        return unknown(asking, silent, address)
    return RedirectResponse(address, 303)


async def _asked(
    asking: Asking,
    operator: Operator,
    service: str,
    chosen: Choice,
    *,
    reason: str = "",
    trouble: ServiceRefusedError | None = None,
) -> HTMLResponse:
    desk = HttpRepairing(asking.services, operator.token)
    group = await desk.group(service, chosen.group_id) if chosen.by == "group" else None
    found = await _found(desk, service, chosen) if chosen.by == "filter" else None
    return render(
        asking.request,
        "repairs/preview.html",
        trouble.problem.status if trouble else 200,
        service=service,
        choice=chosen,
        group=group,
        found=found,
        reason=reason,
        trouble=trouble,
        holders=holders(trouble.problem.detail) if trouble else (),
        refused=refused_to_act(operator),
    )


async def _shown(
    asking: Asking,
    operator: Operator,
    service: str,
    repair_id: UUID,
    *,
    state: LetterState | None = None,
    trouble: ServiceRefusedError | None = None,
) -> HTMLResponse:
    desk = HttpRepairing(asking.services, operator.token)
    told = await desk.repair(service, str(repair_id))
    return render(
        asking.request,
        "repairs/repair.html",
        trouble.problem.status if trouble else 200,
        service=service,
        letters=await desk.repair_letters(service, str(repair_id), state, limit=SHOWN),
        shown=SHOWN,
        state=state,
        drawn=told.state,
        decisions=told.decisions(operator),
        trouble=trouble,
        **await standing(asking.people, told),
    )


async def _found(desk: HttpRepairing, service: str, chosen: Choice) -> choose_letters.Chosen:
    async def page(limit: int, skip: int) -> list[Letter]:
        return list(await desk.letters(service, chosen.found, limit=limit, skip=skip))

    return await choose_letters.choose(page)
