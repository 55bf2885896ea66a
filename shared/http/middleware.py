"""What happens to every request: ids to follow it by, a span, a measure, a limit on its size."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from uuid import UUID, uuid4

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.envelope import Cause
from shared.telemetry.logs import correlation_id
from shared.telemetry.metrics import REQUESTS
from shared.telemetry.tracing import mark_failed

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_CORRELATION_LENGTH = 100
NO_SNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")
#: Asked every few seconds by machines; no story begins there.
PROBES = ("/health/", "/metrics")

_tracer = trace.get_tracer("lernverbund.http")
_untraced = trace.NoOpTracer()
_propagator = TraceContextTextMapPropagator()


class Observed:
    """Gives each request a correlation id (the caller's X-Correlation-ID, or a new one) and a span."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, observed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation = _acceptable(headers.get("x-correlation-id", "")) or str(uuid4())
        outside = correlation_id.set(correlation)
        status = 500

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sent = message["headers"]
                sent += ((b"x-correlation-id", correlation.encode()), NO_SNIFF)
                if not any(name == NO_STORE[0] for name, _ in sent):
                    sent.append(NO_STORE)
            await send(message)

        started = perf_counter()
        context = _propagator.extract(dict(headers)) if "traceparent" in headers else None
        tracer = _untraced if scope["path"].startswith(PROBES) else _tracer
        with tracer.start_as_current_span(
            scope["method"],
            context=context,
            kind=SpanKind.SERVER,
            attributes={"http.request.method": scope["method"]},
            # An error's message may repeat data.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                await self._app(scope, receive, send_observed)
            finally:
                route = getattr(scope.get("route"), "path", "none")
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                if status >= 500:
                    span.set_status(StatusCode.ERROR)
                labels = {"method": scope["method"], "route": route, "status": str(status)}
                REQUESTS.record(perf_counter() - started, labels)
                correlation_id.reset(outside)


def _acceptable(correlation: str) -> str:
    """The caller's own id, if it is short and printable."""
    plain = (
        correlation.isascii()
        and correlation.isprintable()
        and len(correlation) <= MAX_CORRELATION_LENGTH
    )
    return correlation if plain else ""


def current_traceparent() -> str | None:
    """The W3C trace context of the work under way, for events that it causes."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


def cause_of(subject_id: UUID) -> Cause:
    """Why a request's events happen: they stand in the story of what it is about, and in its trace."""
    return Cause(str(subject_id), traceparent=current_traceparent())


class Answering:
    """Answers what nothing else handled. Starlette's own raises it again, and the server logs it once more."""

    def __init__(
        self, app: ASGIApp, handler: Callable[[Request, Exception], Awaitable[Response]]
    ) -> None:
        self._app = app
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an error after the answer has begun can only end the connection."""
        has_begun = False

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception as error:
            if scope["type"] != "http" or has_begun:
                raise
            mark_failed(trace.get_current_span(), error)
            answer = await self._handler(Request(scope), error)
            await answer(scope, receive, send)


class BodyTooLargeError(HTTPException):
    """The request's body exceeds MAX_BODY_BYTES. FastAPI lets only an HTTPException out of a body's reading."""

    def __init__(self) -> None:
        super().__init__(413)


class Bounded:
    """Refuses bodies over MAX_BODY_BYTES, whether or not they announce their length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what it sends."""
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise BodyTooLargeError
            return message

        await self._app(scope, receive_bounded, send)
