"""Logging in and out by Keycloak."""

import json
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.console.application.sign_in import Attempt, SignIn
from services.console.domain.errors import LoginRefusedError
from services.console.entrypoints.cookies import ATTEMPT, SESSION
from services.console.entrypoints.dependencies import PeopleOf
from services.console.entrypoints.pages import render
from shared.auth.dependencies import FOR_EVERYBODY
from shared.sealing import NotOpenedError, Seal

router = APIRouter(dependencies=[FOR_EVERYBODY])

PURPOSE = b"console-login"


async def sign_in(request: Request) -> SignIn:
    """A dependency: the use cases."""
    found: SignIn = request.app.state.sign_in
    return found


Signing = Annotated[SignIn, Depends(sign_in)]
Text = Annotated[str, Query(max_length=4_000)]
Next = Annotated[str, Query(alias="next", max_length=4_000)]


@router.get("/login")
async def login(request: Request, signing: Signing, next_address: Next = "/") -> Response:
    """Lead to Keycloak; the attempt stays in the browser, sealed."""
    attempt, address = await signing.begin(next_address)
    answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    ATTEMPT.put(request, answer, _sealed(request, attempt))
    return answer


@router.get("/login/callback")
async def callback(
    request: Request,
    signing: Signing,
    people: PeopleOf,
    state: Text = "",
    code: Text = "",
    error: Text = "",
) -> Response:
    """Keycloak led back. What it led back with is good for this browser, once."""
    attempt = _opened(request)
    if error or not attempt:
        raise LoginRefusedError(error or "this browser did not begin this login")
    session_id, session = await signing.finish(attempt, state, code)
    await people.note(session.subject, session.name)
    answer = RedirectResponse(attempt.next_address, HTTPStatus.SEE_OTHER)
    SESSION.put(request, answer, session_id)
    ATTEMPT.put(request, answer, "")
    return answer


@router.post("/logout")
async def logout(request: Request, signing: Signing) -> Response:
    """Log out here, and at Keycloak."""
    session_id = request.cookies.get(SESSION.name(request), "")
    address = await signing.end(session_id) if session_id else None
    answer = RedirectResponse(address or "/logged-out", HTTPStatus.SEE_OTHER)
    SESSION.put(request, answer, "")
    return answer


@router.get("/logged-out")
async def logged_out(request: Request) -> Response:
    """The way back in."""
    return render(request, "logged_out.html")


def _sealed(request: Request, attempt: Attempt) -> str:
    seal: Seal = request.app.state.seal
    return seal.seal(
        json.dumps(asdict(attempt), default=datetime.isoformat).encode(), PURPOSE
    ).hex()


def _opened(request: Request) -> Attempt | None:
    seal: Seal = request.app.state.seal
    try:
        sealed = bytes.fromhex(request.cookies.get(ATTEMPT.name(request), ""))
        found = json.loads(seal.open(sealed, PURPOSE))
    except (NotOpenedError, ValueError):
        return None
    return Attempt(**{**found, "begun_at": datetime.fromisoformat(found["begun_at"])})
