"""What every answer says to browsers, and which requests a browser may send."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import HTTPException, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.domain.wording import msg

#: Methods that change nothing.
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: From our own pages, or typed in by the person.
OWN: Final = frozenset({"same-origin", "none"})


def headers(issuer_origin: str, *, https: bool) -> Mapping[str, str]:
    """The headers of every answer. A form may lead to the issuer, because logging out ends there."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "font-src": "'self'",
        "form-action": f"'self' {issuer_origin}".strip(),
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    always = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    hsts = {"Strict-Transport-Security": "max-age=31536000"}
    return {**always, **hsts} if https else always


class Secured:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp, added: Mapping[str, str]) -> None:
        self._app = app
        self._added = [(name.lower().encode(), value.encode()) for name, value in added.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._added]
            await send(message)

        await self._app(scope, receive, send_secured)


async def same_origin(request: Request) -> None:
    """Refuse what another site has a browser send; also what does not say where it comes from."""
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    is_own = (
        site in OWN
        if site is not None
        else request.headers.get("origin") == request.app.state.settings.origin
    )
    if not is_own:
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            msg(
                "Another site sent this form. Nothing was done. Open the page here and send it again."
            ),
        )
