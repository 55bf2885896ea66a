"""What stands still, since when, for whom, and what to do."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.console.entrypoints.dependencies import Visitor
from services.console.entrypoints.pages import render

router = APIRouter()


@router.get("/")
async def now(request: Request, _visitor: Visitor) -> HTMLResponse:
    """How the platform is."""
    return render(request, "now/now.html")
