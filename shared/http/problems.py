"""Every error is a problem document (RFC 9457) that says what to do; none shows a stack trace."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.database.outage import is_outage
from shared.outbox.store import EventTooLargeError
from shared.telemetry.logs import correlation_id

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818  # the term of RFC 9457
    """An error with its HTTP status, a stable code, and a detail that says what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        """`members` are more of the document, where the code promises them (RFC 9457, section 3.2)."""
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.members = members or {}


def not_found(what: str) -> Problem:
    """The same answer for what is not there and for what belongs to somebody else."""
    return Problem(404, "not_found", f"There is no such {what} for you. Check the id.")


def respond(request: Request, problem: Problem) -> JSONResponse:
    """Render a problem."""
    body: dict[str, Any] = {
        **problem.members,
        "type": f"urn:lernverbund:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
        "code": problem.code,
        "correlation_id": correlation_id.get(),
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    return JSONResponse(body, problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI, domain_error: type[Exception], statuses: Mapping[str, int]) -> None:
    """Answer with problems only. `statuses` gives the HTTP status of each of the domain's codes."""

    async def on_domain_error(request: Request, error: Exception) -> JSONResponse:
        code = str(getattr(error, "code", "rule_violated"))
        return respond(request, Problem(statuses.get(code, HTTPStatus.CONFLICT), code, str(error)))

    app.add_exception_handler(domain_error, on_domain_error)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(EventTooLargeError, _on_event_too_large)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return respond(request, error)


async def _on_event_too_large(request: Request, error: Exception) -> JSONResponse:
    detail = f"Nothing was changed: {error}. Send less text or fewer entries, and link to the rest."
    return respond(request, Problem(422, "event_too_large", detail))


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"field": ".".join(str(part) for part in item["loc"]), "detail": item["msg"]}
        for item in error.errors()
    ]
    detail = (
        "The request does not have the form that is expected. Correct the fields named in errors."
    )
    return respond(request, Problem(422, "invalid_request", detail, errors=errors))


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = {
        400: "The body cannot be read. Send JSON in UTF-8, as /docs describes it.",
        404: "There is nothing at this address. See /docs for the addresses there are.",
        405: "This address does not take that method. See /docs for those it takes.",
    }.get(error.status_code, str(error.detail))
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return respond(request, Problem(error.status_code, code, detail, headers=error.headers))


async def on_error(request: Request, error: Exception) -> JSONResponse:
    """Answer for what nothing else handled."""
    if is_outage(error):
        log.warning("request met an outage: %s", type(error).__name__)
        detail = "The service cannot reach its database right now. Nothing was changed; try again shortly."
        return respond(request, Problem(503, "unavailable", detail, headers={"Retry-After": "2"}))
    log.error("request failed", exc_info=error)
    detail = "Something went wrong on our side. Nothing was changed; tell the operator the correlation id."
    return respond(request, Problem(500, "internal_error", detail))
