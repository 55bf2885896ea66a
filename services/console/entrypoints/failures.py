"""Every failure is a page that says what to do; none shows a stack trace."""

import logging
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from services.console.domain.addresses import own_address
from services.console.domain.errors import (
    IssuerSilentError,
    LoginRefusedError,
    ServiceRefusedError,
    ServiceStrangeError,
    ServiceTroubleError,
)
from services.console.domain.wording import msg
from services.console.entrypoints.cookies import ATTEMPT, FORM
from services.console.entrypoints.dependencies import LoginNeededError
from services.console.entrypoints.pages import render

log = logging.getLogger(__name__)

#: What the framework's own refusals mean to people.
WORDS: Final = {
    400: msg("The form cannot be read. Nothing was done. Open the page and send it again."),
    404: msg("There is no such page. Check the address, or begin at the navigation."),
    405: msg("This address does not take that. Begin at the navigation."),
    413: msg("That is too much at once. Nothing was done. Send less."),
}


def install(app: FastAPI) -> None:
    """Answer with pages only."""
    app.add_exception_handler(LoginNeededError, _on_login_needed)
    app.add_exception_handler(LoginRefusedError, _on_login_refused)
    app.add_exception_handler(IssuerSilentError, _on_issuer_silent)
    app.add_exception_handler(RedisError, _on_redis)
    app.add_exception_handler(ServiceTroubleError, _on_trouble)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


async def on_error(request: Request, error: Exception) -> Response:
    """Answer for what nothing else handled."""
    log.error("request failed", exc_info=error)
    return _failed(
        request,
        500,
        msg(
            "Something went wrong here. Look whether what you wanted was done before you repeat it."
        ),
    )


async def _on_login_needed(request: Request, error: Exception) -> Response:
    assert isinstance(error, LoginNeededError)
    shown = urlsplit(request.headers.get("hx-current-url", ""))
    page = own_address(f"{shown.path}?{shown.query}") if shown.path else error.next_address
    address = f"/login?{urlencode({'next': page})}"
    if "hx-request" in request.headers:
        # The answer would be drawn into the page as a fragment: the whole page has to go there.
        answer = Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})
    else:
        answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    if error.kept:
        FORM.put(request, answer, error.kept)
    return answer


async def _on_login_refused(request: Request, error: Exception) -> Response:
    log.warning("login refused: %s", error)
    answer = _failed(request, 403, msg("You were not logged in. Begin again."), login=True)
    ATTEMPT.put(request, answer, "")
    return answer


async def _on_issuer_silent(request: Request, _error: Exception) -> Response:
    return _failed(
        request, 503, msg("Keycloak does not answer, so nobody can log in. Try again shortly.")
    )


async def _on_redis(request: Request, error: Exception) -> Response:
    log.warning("sessions are out of reach: %s", type(error).__name__)
    return _failed(
        request,
        503,
        msg(
            "The sessions are out of reach: Redis does not answer. Nothing was done. Try again shortly."
        ),
    )


async def _on_trouble(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceTroubleError)
    status = 502
    if isinstance(error, ServiceRefusedError):
        status = error.problem.status
    elif not isinstance(error, ServiceStrangeError):
        status = 503
    return render(request, "trouble.html", status, trouble=error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [str(each["loc"][-1]) for each in error.errors()]
    words = msg(
        "The request does not have the form that is expected. Nothing was done. Correct it:"
    )
    return _failed(request, 422, words, fields=fields)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = str(error.detail)
    if words == HTTPStatus(error.status_code).phrase or error.status_code in {400, 413}:
        words = WORDS.get(error.status_code, words)
    return _failed(request, error.status_code, words)


def _failed(
    request: Request,
    status: int,
    words: str,
    *,
    login: bool = False,
    fields: list[str] | None = None,
) -> Response:
    return render(request, "failed.html", status, words=words, login=login, fields=fields or [])
