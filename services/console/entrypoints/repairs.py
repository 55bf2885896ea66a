"""What fails, by cause: groups of dead letters, single letters, and keys that wait behind a failure."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from services.console.adapters.repairing import HttpRepairing
from services.console.domain.dead_letters import Filter, Group, tenants_of
from services.console.domain.decisions import refused_to_act
from services.console.domain.errors import ServiceTroubleError
from services.console.entrypoints.dependencies import (
    Acting,
    ServiceName,
    ServicesOf,
    Visitor,
)
from services.console.entrypoints.naming import names_for
from services.console.entrypoints.pages import render
from services.console.entrypoints.repair_choices import LARGEST_ID, Filtered
from services.console.entrypoints.repair_views import (
    AskingOf,
    newest_first,
    only,
    overview,
)

router = APIRouter()

SHOWN: Final = 100

GroupId = Annotated[str, Path(pattern="^([0-9a-f]{16}|unknown)$")]
LetterId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
#: One service's alone, where another page leads here so.
Only = Annotated[str, Query(max_length=20)]
Note = Annotated[str, Form(max_length=5_000)]


@router.get("/repairs")
async def repairs(asking: AskingOf, visitor: Visitor, service: Only = "") -> HTMLResponse:
    """What fails, by cause, and the repairs under way."""
    told = await overview(asking.services, asking.people, visitor.token, service)
    return render(asking.request, "repairs/overview.html", service=service, **told)


@router.get("/repairs/parked")
async def parked(asking: AskingOf, visitor: Visitor, service: Only = "") -> HTMLResponse:
    """Keys whose events wait, because one failed and is tried again."""
    answers = await HttpRepairing(asking.services, visitor.token).parked_keys()
    found, silent = newest_first(only(answers, service), lambda each: each.since)
    return render(
        asking.request,
        "repairs/parked.html",
        service=service,
        keys=found[::-1],
        names=await names_for(asking.request, visitor, tenants_of(each for _, each in found)),
        silent=silent,
        refused=refused_to_act(visitor),
        people=await asking.people.names(each.held_by for _, each in found),
    )


@router.get("/repairs/letters")
async def letters(asking: AskingOf, visitor: Visitor, found: Filtered) -> HTMLResponse:
    """Letters of all services, by what they are."""
    desk = HttpRepairing(asking.services, visitor.token)
    answers = await desk.letters_everywhere(found, limit=SHOWN)
    listed, silent = newest_first(answers, lambda each: each.failed_at)
    return render(
        asking.request,
        "repairs/letters.html",
        letters=listed,
        query=asking.request.url.query,
        names=await names_for(asking.request, visitor, tenants_of(each for _, each in listed)),
        silent=silent,
        found=found,
        shown=SHOWN,
        counts={
            service: len(answer)
            for service, answer in answers.items()
            if not isinstance(answer, ServiceTroubleError) and answer
        },
        refused=refused_to_act(visitor),
        people=await asking.people.names(each.held_by for _, each in listed),
    )


@router.get("/repairs/groups/{service}/{group_id}")
async def group(
    asking: AskingOf,
    visitor: Visitor,
    service: ServiceName,
    group_id: GroupId,
) -> HTMLResponse:
    """One cause: what is known of it, its letters, and what can be done."""
    desk = HttpRepairing(asking.services, visitor.token)
    told = await _group(desk, service, group_id)
    its_letters = await desk.letters(service, Filter(group_id=group_id), limit=SHOWN)
    keys = await desk.parked_keys_of(service, group_id)
    return render(
        asking.request,
        "repairs/group.html",
        service=service,
        group=told,
        letters=[(service, each) for each in its_letters],
        shown=SHOWN,
        keys=[(service, each) for each in keys],
        names=await names_for(asking.request, visitor, tenants_of((*its_letters, *keys))),
        refused=refused_to_act(visitor),
        people=await asking.people.names(
            [
                told.noted_by,
                *(each.held_by for each in its_letters),
                *(each.held_by for each in keys),
            ]
        ),
    )


@router.post("/repairs/groups/{service}/{group_id}/note")
async def put_note(
    operator: Acting,
    services: ServicesOf,
    service: ServiceName,
    group_id: GroupId,
    note: Note = "",
) -> RedirectResponse:
    """Tell the others what you found."""
    await HttpRepairing(services, operator.token).note(service, group_id, note)
    return RedirectResponse(f"/repairs/groups/{service}/{group_id}", 303)


@router.get("/repairs/letters/{service}/{letter_id}")
async def letter(
    asking: AskingOf,
    visitor: Visitor,
    service: ServiceName,
    letter_id: LetterId,
    whole: bool = False,
) -> HTMLResponse:
    """One letter. What was received is shown to who asks for it: the service writes that down."""
    desk = HttpRepairing(asking.services, visitor.token)
    told = await desk.letter(service, letter_id)
    if told is None:
        raise HTTPException(404)
    received, trouble = None, None
    if whole:
        try:
            received = await desk.received(service, letter_id)
        except ServiceTroubleError as error:
            trouble = error
    return render(
        asking.request,
        "repairs/letter.html",
        service=service,
        letter=told,
        names=await names_for(asking.request, visitor, tenants_of([told])),
        trace_address=asking.request.app.state.settings.trace_address,
        received=received,
        trouble=trouble,
        refused=refused_to_act(visitor),
        people=await asking.people.names([told.held_by]),
    )


async def _group(desk: HttpRepairing, service: str, group_id: str) -> Group:
    told = await desk.group(service, group_id)
    if told is None:
        raise HTTPException(404)
    return told
