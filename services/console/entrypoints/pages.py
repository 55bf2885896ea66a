"""Drawing pages and fragments of pages."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.console.domain import form_token
from services.console.domain.release import short
from services.console.domain.session import Session
from services.console.entrypoints.cookies import LANGUAGE, THEME
from services.console.entrypoints.navigation import NAVIGATION
from services.console.entrypoints.wording import LANGUAGES, Wording
from shared.clock import utc_now
from shared.http.languages import preferred
from shared.release import RELEASE

TEMPLATES: Final = Path(__file__).parents[1] / "templates"
THEMES: Final = ("light", "dark")


class Pages:
    """The templates in each language."""

    def __init__(self, wordings: Mapping[str, Wording]) -> None:
        self.wordings = wordings
        self._environments = {each: _environment(wordings[each]) for each in wordings}

    def html(self, template: str, language: str, **context: Any) -> str:
        """A template's text: for fragments that no request asked for."""
        return self._environments[language].get_template(template).render(context)


def render(request: Request, template: str, status_code: int = 200, **context: Any) -> HTMLResponse:
    """A page for whoever asks."""
    pages: Pages = request.app.state.pages
    session: Session | None = getattr(request.state, "session", None)
    language = language_of(request)
    common = {
        "operator": session.operator if session else None,
        "csrf": form_token.make(session.form_key) if session else "",
        "lang": language,
        "theme": theme_of(request),
        "kept": getattr(request.state, "kept", {}),
        "here": here(request),
        "navigation": NAVIGATION,
        "release": str(RELEASE),
    }
    return HTMLResponse(pages.html(template, language, **{**common, **context}), status_code)


def words(request: Request) -> Wording:
    """The language of whoever asks."""
    pages: Pages = request.app.state.pages
    return pages.wordings[language_of(request)]


def language_of(request: Request) -> str:
    """As chosen; else as the browser says."""
    pages: Pages = request.app.state.pages
    chosen = request.cookies.get(LANGUAGE.name(request), "")
    if chosen in pages.wordings:
        return chosen
    return preferred(request.headers.get("accept-language", ""), LANGUAGES)


def theme_of(request: Request) -> str:
    """As chosen; empty means as the device is set."""
    chosen = request.cookies.get(THEME.name(request), "")
    return chosen if chosen in THEMES else ""


def here(request: Request) -> str:
    """The address of this page within the console."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"


def _environment(wording: Wording) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        wording.gettext, wording.ngettext, newstyle=True
    )
    environment.globals["now"] = utc_now
    environment.filters |= {
        "moment": _moment,
        "local": lambda moment: wording.local(_moment(moment)),
        "utc": lambda moment: wording.utc(_moment(moment)),
        "day": wording.day,
        "ago": lambda moment: wording.ago(_moment(moment), utc_now()),
        "span": wording.span,
        "number": wording.number,
        "percent": wording.percent,
        "units": wording.units,
        "said": wording.text,
        "say": wording.say,
        "short_release": short,
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    }
    return environment


def _moment(value: datetime | str) -> datetime:
    """A time as services write it (ISO 8601)."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
