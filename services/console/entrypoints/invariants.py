"""What must hold at every service, since when it does not, and what to do then."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.console.adapters.replaying import HttpReplaying
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.invariants import advice
from services.console.entrypoints.dependencies import ServicesOf, Visitor
from services.console.entrypoints.pages import render
from services.console.entrypoints.repair_views import only

router = APIRouter()


@router.get("/invariants")
async def invariants(
    request: Request,
    visitor: Visitor,
    services: ServicesOf,
    service: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Broken ones first."""
    answers = only(await HttpReplaying(services, visitor.token).invariants(), service)
    checked = [
        (name, each)
        for name, answer in answers.items()
        if not isinstance(answer, ServiceTroubleError)
        for each in answer
    ]
    return render(
        request,
        "repairs/invariants.html",
        checked=sorted(checked, key=lambda each: each[1].broken_since is None),
        service=service,
        broken=sorted(
            {(name, advice(name, each.name)) for name, each in checked if each.broken_since}
        ),
        silent=[each for each in answers.values() if isinstance(each, ServiceTroubleError)],
    )
