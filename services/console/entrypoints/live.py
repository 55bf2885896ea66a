"""The one address by which pages change by themselves: server-sent events with fragments of a view."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.console.application.live import Live, Viewing
from services.console.application.sign_in import SignIn
from services.console.domain.errors import IssuerSilentError
from services.console.domain.operator import Operator
from services.console.entrypoints.cookies import SESSION
from services.console.entrypoints.dependencies import Listener
from services.console.entrypoints.pages import Pages, language_of

#: So often it is asked whether the session still lasts.
SESSION_SECONDS: Final = 5.0

router = APIRouter()


async def known_view(view: str, request: Request) -> Live:
    """The live views, if there is one of that name."""
    live: Live = request.app.state.live
    if view not in live:
        raise HTTPException(404)
    return live


@router.get("/live/{view}", response_class=EventSourceResponse)
async def follow(
    view: str,
    request: Request,
    listener: Listener,
    live: Annotated[Live, Depends(known_view)],
    last_event_id: Annotated[str, Header(max_length=100)] = "",
) -> AsyncIterator[ServerSentEvent]:
    """What changes, until the session or the browser ends."""
    if listener:
        viewing = Viewing(
            language_of(request),
            listener.roles,
            tuple(sorted(request.query_params.multi_items())),
        )
        person = _Person(request, listener)
        async with aclosing(live.follow(view, viewing, person.token, last_event_id)) as updates:
            async for update in updates:
                if not await person.stays():
                    break
                yield _event(update.id, update.fragments)
    pages: Pages = request.app.state.pages
    yield _event("", {"live-ended": pages.html("parts/live_ended.html", language_of(request))})
    yield ServerSentEvent(event="end", raw_data="")


def _event(event_id: str, fragments: Mapping[str, str]) -> ServerSentEvent:
    """Each fragment as htmx's partial, which leaves focus and what did not change; or a sign of life."""
    if not fragments:
        return ServerSentEvent(event="beat", raw_data="", id=event_id)
    partials = (
        f'<hx-partial id="{escape(element)}" hx-swap="innerMorph">{html}</hx-partial>'
        for element, html in fragments.items()
    )
    return ServerSentEvent(raw_data="\n".join(partials), id=event_id or None)


class _Person:
    """Whoever follows a page; looking on does not keep their session alive."""

    def __init__(self, request: Request, operator: Operator) -> None:
        self._sign_in: SignIn = request.app.state.sign_in
        self._session_id = request.cookies.get(SESSION.name(request), "")
        self._operator = operator
        self._clock = asyncio.get_running_loop().time
        self._asked_at = self._clock()

    async def token(self) -> str:
        """Their access token, as it was found last."""
        return self._operator.token

    async def stays(self) -> bool:
        """Whether their session lasts, with the same rights; asked now and then."""
        if self._clock() - self._asked_at < SESSION_SECONDS:
            return True
        self._asked_at = self._clock()
        try:
            session = await self._sign_in.current(self._session_id, is_there=False)
        except IssuerSilentError:
            return True
        if session is None or session.roles != self._operator.roles:
            return False
        self._operator = session.operator
        return True
