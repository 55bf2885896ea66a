"""What stands still, since when, for whom, and what to do; and the whole platform below it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

from services.console.application.board import Board
from services.console.application.live import Live, Viewing
from services.console.application.overview import Overview, overview
from services.console.application.tenant_names import TenantNames
from services.console.domain.operator import OPERATOR
from services.console.entrypoints.dependencies import Visitor
from services.console.entrypoints.pages import Pages, render
from shared.release import RELEASE

TITLES: Final = {
    "kafka": "Kafka",
    "postgresql": "PostgreSQL",
    "redis": "Redis",
    "keycloak": "Keycloak",
}
#: The parts of the page that change, by the ids of their elements.
FRAGMENTS: Final = {
    "now-headline": "now/headline.html",
    "now-ago": "now/ago.html",
    "now-picture": "now/picture.html",
    "now-services": "now/services.html",
    "now-parts": "now/parts.html",
    "now-processes": "now/processes.html",
}
EVERY: Final = timedelta(milliseconds=200)
#: The view does not wait longer for names: member may be what stands still. They come by themselves.
NAMES: Final = timedelta(seconds=0.1)

router = APIRouter()


@router.get("/")
async def now(request: Request, visitor: Visitor) -> HTMLResponse:
    """How the platform is."""
    seen = overview(request.app.state.board)
    names: TenantNames = request.app.state.tenant_names
    if OPERATOR in visitor.roles:
        await names.of(seen.headline.named, visitor.token, within=NAMES)
    return render(request, "now/now.html", **_context(seen, _known(names, seen, visitor.roles)))


def show_live(app: FastAPI) -> None:
    """Register the page's parts as what browsers follow."""
    board: Board = app.state.board
    pages: Pages = app.state.pages
    names: TenantNames = app.state.tenant_names
    live: Live = app.state.live

    async def fragments(viewing: Viewing, token: str) -> Mapping[str, str]:
        seen = overview(board)
        if OPERATOR in viewing.roles:
            await names.of(seen.headline.named, token, within=NAMES)
        context = _context(seen, _known(names, seen, viewing.roles))
        context["release"] = str(RELEASE)
        return {
            element: pages.html(template, viewing.language, **context)
            for element, template in FRAGMENTS.items()
        }

    live.view("now", fragments, every=EVERY, changed=lambda: board.version)


def _known(names: TenantNames, seen: Overview, roles: frozenset[str]) -> Mapping[str, str]:
    """Whom the headline names: for operators only; others read how many they are."""
    if OPERATOR not in roles:
        return {}
    return {each: name for each in seen.headline.named if (name := names.known(each))}


def _context(seen: Overview, names: Mapping[str, str]) -> dict[str, Any]:
    conditions = {name: health.condition.word for name, health in seen.parts}
    return {"overview": seen, "names": names, "titles": TITLES, "conditions": conditions}
