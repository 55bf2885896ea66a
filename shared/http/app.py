"""The app factory of every process."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig

from shared.http import problems
from shared.http.health import Checks, health_router
from shared.http.middleware import (
    MAX_BODY_BYTES,
    Answering,
    BodyTooLargeError,
    Bounded,
    Observed,
)
from shared.http.problems import Problem

#: FastAPI's own spans keep the query, which may name people; ours do not.
OWN_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}


class Lifespan(Protocol):
    """What runs while the app is up."""

    def __call__(self, app: FastAPI, /) -> AbstractAsyncContextManager[None, bool | None]:
        """Start on entry, stop on exit."""


def create_app(
    *,
    title: str,
    description: str,
    checks: Checks,
    lifespan: Lifespan,
    domain_error: type[Exception] = Problem,
    statuses: Mapping[str, int] | None = None,
) -> FastAPI:
    """An app that answers with problems, is observed, and says how it is."""
    app = FastAPI(
        title=title,
        version="1",
        description=description,
        lifespan=lifespan,
        redoc_url=None,
        telemetry=OWN_TELEMETRY,
        responses={"4XX": {"description": "A problem document (RFC 9457) that says what to do"}},
    )
    problems.install(app, domain_error, statuses or {})
    app.add_exception_handler(BodyTooLargeError, _on_body_too_large)
    equip(app, checks, problems.on_error)
    return app


def equip(
    app: FastAPI, checks: Checks, on_error: Callable[[Request, Exception], Awaitable[Response]]
) -> None:
    """Give an app what each has: health and measures, a limit on bodies, an answer to what nothing else handles."""
    app.include_router(health_router(checks))
    app.add_middleware(Bounded)
    # Starlette's own stands outside of every middleware, where a failure would not be observed.
    app.add_middleware(Answering, handler=on_error)
    app.add_middleware(Observed)


async def _on_body_too_large(request: Request, _error: Exception) -> JSONResponse:
    detail = f"The body may have {MAX_BODY_BYTES:,} bytes at most. Send less at a time."
    return problems.respond(request, Problem(413, "body_too_large", detail))
