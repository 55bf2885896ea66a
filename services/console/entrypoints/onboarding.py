"""The onboarding board: every application and everybody on the way in or out, live."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

from services.console.adapters.tenants import MemberTenants
from services.console.application.live import Live, Viewing
from services.console.application.tenant_ports import Tenants
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.onboarding import by_column
from services.console.entrypoints.dependencies import Visitor
from services.console.entrypoints.pages import Pages, render
from services.console.entrypoints.tenants import TenantsOf

VIEW: Final = "onboarding"
VIEW_OF_ONE: Final = "tenant-onboarding"
#: The element that says that what is shown is old.
TROUBLE: Final = "way-trouble"
SHOWN: Final = 100
EVERY: Final = timedelta(seconds=1)

router = APIRouter(prefix="/tenants")


@router.get("/onboarding")
async def board_page(request: Request, visitor: Visitor, tenants: TenantsOf) -> HTMLResponse:
    """Who waits, who is on the way, and what fails."""
    context = await _board(tenants, visitor.token)
    return render(request, "tenants/onboarding.html", **context)


def show_live(app: FastAPI) -> None:
    """Let the board be followed; whoever watches sees the same, so member is asked once for all."""
    live: Live = app.state.live
    pages: Pages = app.state.pages
    tenants = MemberTenants(app.state.services)

    async def draw(viewing: Viewing, token: str) -> Mapping[str, str]:
        async def board() -> Mapping[str, str]:
            context = await _board(tenants, token)
            return {"board": pages.html("tenants/board.html", viewing.language, **context)}

        return await _or_trouble(pages, viewing, board)

    async def draw_one(viewing: Viewing, token: str) -> Mapping[str, str]:
        async def way() -> Mapping[str, str]:
            found = await tenants.onboarding(token, str(UUID(dict(viewing.query)["tenant"])))
            return {"way": pages.html("tenants/way.html", viewing.language, way=found)}

        return await _or_trouble(pages, viewing, way)

    live.view(VIEW, draw, every=EVERY)
    live.view(VIEW_OF_ONE, draw_one, every=EVERY)


async def _board(tenants: Tenants, token: str) -> dict[str, Any]:
    found = await tenants.under_way(token, SHOWN)
    return {"columns": by_column(found), "is_cut": len(found) == SHOWN, "shown": SHOWN}


async def _or_trouble(
    pages: Pages, viewing: Viewing, draw: Callable[[], Awaitable[Mapping[str, str]]]
) -> Mapping[str, str]:
    """What is drawn; while member does not tell, the page says so above what it told last."""
    try:
        return {**await draw(), TROUBLE: ""}
    except ServiceTroubleError as trouble:
        notice = pages.html("tenants/trouble.html", viewing.language, trouble=trouble)
        return {TROUBLE: notice}
