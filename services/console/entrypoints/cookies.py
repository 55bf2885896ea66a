"""The cookies: only this host's, only over TLS, and out of scripts' reach; plain ones on one machine without TLS."""

from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from services.console.domain.session import LIFE
from services.console.settings import ConsoleSettings

YEAR_SECONDS: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie by its plain name, and for how many seconds it is kept."""

    plain_name: str
    seconds: int

    def name(self, request: Request) -> str:
        """With the prefix by which browsers hold it to this host and to TLS (RFC 6265bis)."""
        return f"__Host-{self.plain_name}" if _settings(request).is_https else self.plain_name

    def put(self, request: Request, response: Response, value: str) -> None:
        """Have the browser keep a value; an empty one removes the cookie."""
        response.set_cookie(
            self.name(request),
            value,
            max_age=self.seconds if value else 0,
            path="/",
            secure=_settings(request).is_https,
            httponly=True,
            # Strict would keep it back when Keycloak leads here, and when a colleague sends an address.
            samesite="lax",
        )


SESSION: Final = Cookie("console-session", int(LIFE.total_seconds()))
ATTEMPT: Final = Cookie("console-login", 600)
FORM: Final = Cookie("console-form", 900)
THEME: Final = Cookie("console-theme", YEAR_SECONDS)
LANGUAGE: Final = Cookie("console-lang", YEAR_SECONDS)


def _settings(request: Request) -> ConsoleSettings:
    settings: ConsoleSettings = request.app.state.settings
    return settings
