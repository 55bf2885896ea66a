"""What runs where in which version, and rollouts."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse

from services.console.application.board import Board
from services.console.application.deployments import (
    Deployments,
    DeploymentsError,
    Role,
)
from services.console.application.live import Live, Viewing
from services.console.domain.release import plan
from services.console.domain.rollout import Phase, Rules
from services.console.domain.rollout_book import Book
from services.console.domain.sentence import Sentence
from services.console.entrypoints.dependencies import Visitor
from services.console.entrypoints.pages import Pages, render

EVERY: Final = timedelta(seconds=1)
#: The way of a rollout that goes well.
STEPS: Final = (Phase.PREFLIGHT, Phase.MIGRATE, Phase.SURGE, Phase.SOAK, Phase.DONE)

router = APIRouter()


@router.get("/deployments")
async def list_deployments(request: Request, _visitor: Visitor) -> HTMLResponse:
    """Every service."""
    return render(request, "deployments/list.html", **await _platform(request.app))


@router.get("/deployments/{service}")
async def show_service(service: str, request: Request, _visitor: Visitor) -> HTMLResponse:
    """One service: what runs of it, its rollout, and what can be done."""
    return await service_page(request, service)


@router.get("/deployments/{service}/rollouts/{rollout_id}")
async def show_rollout(
    service: str, rollout_id: str, request: Request, _visitor: Visitor
) -> HTMLResponse:
    """One rollout, also long after its end."""
    asked = deployments_of(request.app).read(known_service(request.app, service))
    kept, trouble = await _or_trouble(asked, None)
    if trouble:
        return await service_page(request, service)
    found = next((each for each in kept.book.rollouts() if each.rollout_id == rollout_id), None)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    context: dict[str, Any] = {
        "service": service,
        "rollout": found,
        "deadline": None,
        "steps": STEPS,
    }
    return render(request, "deployments/rollout.html", **context)


def show_live(app: FastAPI) -> None:
    """Register what changes on these pages by itself."""
    pages: Pages = app.state.pages
    live: Live = app.state.live

    async def platform(viewing: Viewing, _token: str) -> Mapping[str, str]:
        context = await _platform(app)
        return {"deployments": pages.html("deployments/rows.html", viewing.language, **context)}

    async def service(viewing: Viewing, _token: str) -> Mapping[str, str]:
        name = dict(viewing.query).get("service", "")
        if name not in app.state.board.services:
            return {}
        context = await _service(app, name)
        return {
            "rollout": pages.html("deployments/progress.html", viewing.language, **context),
            "roles": pages.html("deployments/roles.html", viewing.language, **context),
        }

    live.view("deployments", platform, every=EVERY)
    live.view("deployment", service, every=EVERY)


async def service_page(
    request: Request, service: str, refusal: Sentence | None = None
) -> HTMLResponse:
    """The page of a service; where something was refused, what was typed in is still there."""
    if refusal:
        form = await request.form()
        request.state.kept = {name: str(value) for name, value in form.items()}
    context = {**await _service(request.app, service), "refusal": refusal}
    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return render(request, "deployments/service.html", status, **context)


async def _platform(app: FastAPI) -> dict[str, Any]:
    """Every service with its roles, its rollout, and what its processes say that they are."""
    board: Board = app.state.board
    roles, trouble = await _or_trouble(deployments_of(app).roles(), ())
    books = [_book(app, service) for service in board.services]
    rows = [
        {
            "service": service,
            "roles": [each for each in roles if each.service == service],
            "rollout": book.current,
            "said": _said_releases(board, service),
        }
        for service, book in zip(board.services, await asyncio.gather(*books), strict=True)
    ]
    return {"rows": rows, "trouble": trouble, "is_managed": app.state.is_managed}


async def _service(app: FastAPI, service: str) -> dict[str, Any]:
    board: Board = app.state.board
    rules: Rules = app.state.rollout_rules
    deployments = deployments_of(app)
    roles, trouble = await _or_trouble(deployments.roles(), ())
    releases, _ = await _or_trouble(deployments.releases(), {})
    book = await _book(app, known_service(app, service))
    own: list[Role] = [each for each in roles if each.service == service]
    running = releases.get(own[0].release) if own else None
    offers = [
        {
            "release": each,
            "plan": plan(service, running, each),
            "rejection": book.rejection(each.name),
            "runs": bool(own) and {role.release for role in own} == {each.name},
        }
        for each in sorted(releases.values(), key=lambda each: each.made_at, reverse=True)
    ]
    return {
        "service": service,
        "roles": own,
        "said": _said_releases(board, service),
        "book": book,
        "rollout": book.current,
        "deadline": book.current.deadline(rules) if book.current else None,
        "offers": offers,
        "steps": STEPS,
        "trouble": trouble,
        "is_managed": app.state.is_managed,
    }


def _said_releases(board: Board, service: str) -> dict[str, int]:
    """How many processes say of themselves that they are which release."""
    status = board.status(service)
    said: dict[str, int] = {}
    for process in status.processes if status else ():
        if process.state == "running":
            name = process.commit or process.version
            said[name] = said.get(name, 0) + 1
    return said


async def _book(app: FastAPI, service: str) -> Book:
    kept, _ = await _or_trouble(deployments_of(app).read(service), None)
    return kept.book if kept else Book()


async def _or_trouble(asked: Awaitable[Any], instead: Any) -> tuple[Any, Sentence | None]:
    """What was asked; or why it is not known, and something in its place."""
    try:
        return await asked, None
    except DeploymentsError as error:
        return instead, error.says


def deployments_of(app: FastAPI) -> Deployments:
    """Who keeps the processes."""
    deployments: Deployments = app.state.deployments
    return deployments


def known_service(app: FastAPI, service: str) -> str:
    """The name, if there is such a service."""
    board: Board = app.state.board
    if service not in board.services:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return service
