"""What the pages are given by FastAPI: who asks, the services, and the gates of forms."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final, cast

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData

from services.console.application.ports import People, Services, Sessions
from services.console.application.sign_in import SignIn
from services.console.domain import form_token
from services.console.domain.addresses import own_address
from services.console.domain.kept_form import KeptForm
from services.console.domain.operator import APPROVER, OPERATOR, ROLES, VIEWER, Operator
from services.console.domain.session import Session
from services.console.domain.wording import msg
from services.console.entrypoints.cookies import FORM, SESSION
from services.console.entrypoints.pages import here
from shared.auth.access import Access

#: The field of every form that carries its token, and that with the page that it stands on.
TOKEN_FIELD, PAGE_FIELD = "form_token", "from"
MAX_KEPT_CHARACTERS: Final = 20_000


class LoginNeededError(Exception):
    """Nobody is logged in. `kept` is the key of what was typed into a form, if anything was."""

    def __init__(self, next_address: str, kept: str = "") -> None:
        super().__init__("log in first")
        self.next_address, self.kept = next_address, kept


async def services_of(request: Request) -> Services:
    """A dependency: the services."""
    return cast("Services", request.app.state.services)


ServicesOf = Annotated[Services, Depends(services_of)]


async def people_of(request: Request) -> People:
    """A dependency: the names of operators."""
    return cast("People", request.app.state.people)


PeopleOf = Annotated[People, Depends(people_of)]


async def service_name(service: str, services: ServicesOf) -> str:
    """A dependency: a service that there is, as an address names it."""
    if service not in services.names:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return service


ServiceName = Annotated[str, Depends(service_name)]


class _Visiting:
    """Anybody who is logged in and has a role here."""

    access = Access(staff=(OPERATOR, APPROVER, VIEWER))

    async def __call__(self, request: Request) -> Operator:
        """Let in who has one of the roles; lead others to the login."""
        session = await _session(request)
        if session is None:
            raise LoginNeededError(here(request))
        _require_some_role(session)
        request.state.kept = await _kept(request, session)
        return session.operator


class _Listening:
    """Who is logged in, or None: a stream cannot lead anybody to the login. It does not keep a session alive."""

    access = Access(staff=(OPERATOR, APPROVER, VIEWER))

    async def __call__(self, request: Request) -> Operator | None:
        """Say who it is."""
        session = await _session(request, is_there=False)
        return session.operator if session and not session.roles.isdisjoint(ROLES) else None


class _Acting:
    """Who has a role and sends a form that was drawn for them, for the first time."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        self.access = Access(staff=roles)

    async def __call__(self, request: Request) -> Operator:
        """Let in. Without a session nothing is done, and what was typed in is kept for after the login."""
        form = await request.form()
        session = await _session(request)
        if session is None:
            raise await _login_needed(request, form)
        _require_some_role(session)
        if session.roles.isdisjoint(self.access.staff):
            raise HTTPException(
                HTTPStatus.FORBIDDEN,
                msg(
                    "Your roles do not allow this. Nothing was done. Ask somebody who has the role."
                ),
            )
        await _require_first_use(request, form, session)
        return session.operator


def acting(*roles: str) -> _Acting:
    """The gate of a POST: any of the roles, and a good form."""
    return _Acting(roles)


visiting, listening = _Visiting(), _Listening()

Visitor = Annotated[Operator, Depends(visiting)]
Listener = Annotated[Operator | None, Depends(listening)]
Acting = Annotated[Operator, Depends(acting(OPERATOR))]
Approving = Annotated[Operator, Depends(acting(APPROVER))]
#: Where the service decides whether an approver is needed.
Confirming = Annotated[Operator, Depends(acting(OPERATOR, APPROVER))]


async def _session(request: Request, *, is_there: bool = True) -> Session | None:
    session_id = request.cookies.get(SESSION.name(request), "")
    sign_in: SignIn = request.app.state.sign_in
    session = await sign_in.current(session_id, is_there=is_there) if session_id else None
    request.state.session = session
    return session


def _require_some_role(session: Session) -> None:
    if session.roles.isdisjoint(ROLES):
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            msg(
                "Your account has no role here. Ask the cooperative for viewer, operator or approver."
            ),
        )


async def _require_first_use(request: Request, form: FormData, session: Session) -> None:
    name = form_token.name_of(session.form_key, str(form.get(TOKEN_FIELD, "")))
    if name is None:
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            msg(
                "This form was not drawn for you. Nothing was done. Open the page and send it again."
            ),
        )
    sessions: Sessions = request.app.state.sessions
    if not await sessions.first_use(name):
        raise HTTPException(
            HTTPStatus.CONFLICT,
            msg(
                "This form was sent before; it is not done twice. Open the page to see what came of it."
            ),
        )


async def _login_needed(request: Request, form: FormData) -> LoginNeededError:
    """Keep what was typed in, for whom the session was; for a stranger nothing is kept."""
    page = own_address(str(form.get(PAGE_FIELD, "")))
    sign_in: SignIn = request.app.state.sign_in
    former = await sign_in.former(request.cookies.get(SESSION.name(request), ""))
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    if former is None or sum(map(len, texts.values())) > MAX_KEPT_CHARACTERS:
        return LoginNeededError(page)
    values = {name: texts[name] for name in texts.keys() - {TOKEN_FIELD, PAGE_FIELD}}
    sessions: Sessions = request.app.state.sessions
    return LoginNeededError(page, await sessions.keep_form(KeptForm(former.subject, page, values)))


async def _kept(request: Request, session: Session) -> Mapping[str, str]:
    """What this person had typed in on this page when their session ended."""
    key = request.cookies.get(FORM.name(request), "")
    if not key:
        return {}
    sessions: Sessions = request.app.state.sessions
    form = await sessions.find_form(key)
    if form is None or not form.is_for(session.subject, here(request)):
        return {}
    await sessions.drop_form(key)
    return form.values
