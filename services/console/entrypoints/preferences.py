"""Language and theme, kept in the browser."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from services.console.domain.addresses import own_address
from services.console.entrypoints.cookies import LANGUAGE, THEME
from shared.auth.dependencies import FOR_EVERYBODY

router = APIRouter(dependencies=[FOR_EVERYBODY])


@router.post("/preferences")
async def choose(
    request: Request,
    page: Annotated[str, Form(alias="from")] = "/",
    lang: Annotated[Literal["de", "en"] | None, Form()] = None,
    theme: Annotated[Literal["light", "dark", "device"] | None, Form()] = None,
) -> RedirectResponse:
    """Choose a language or a theme, and see the page again."""
    answer = RedirectResponse(own_address(page), HTTPStatus.SEE_OTHER)
    if lang:
        LANGUAGE.put(request, answer, lang)
    if theme:
        THEME.put(request, answer, "" if theme == "device" else theme)
    return answer
