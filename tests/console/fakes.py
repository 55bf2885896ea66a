"""The world as the console's ports see it, in memory."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.console.domain.errors import (
    IssuerSilentError,
    LoginRefusedError,
    Refusal,
    ServiceRefusedError,
    ServiceStrangeError,
    ServiceTroubleError,
)
from services.console.domain.kept_form import KeptForm
from services.console.domain.session import Session, Tokens
from shared.clock import utc_now

NAMES = ("member", "catalogue", "voucher", "certificate", "feed")


class FakeServices:
    """Answers what a test has put there: `services.says("voucher", "/v1/operations/status", {...})`.

    An answer may be a ServiceTroubleError, which is raised; or a function of the query or body.
    """

    names = NAMES

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, str], Any] = {}
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        #: What was done: method, service, path, body.
        self.acts: list[tuple[str, str, str, Any]] = []
        self.tokens: dict[str, set[str]] = defaultdict(set)
        #: The headers of what was done last.
        self.headers: Mapping[str, str] = {}

    def says(self, service: str, path: str, answer: Any, *, method: str = "GET") -> None:
        """From now on this is the answer."""
        self._answers[method, service, path] = answer

    async def get(self, service, path, token, read=None, **query):
        given = {name: value for name, value in query.items() if value is not None}
        self.asked.append((service, path, given))
        self.tokens[service].add(token)
        return self._read(service, self._answer("GET", service, path, given), read)

    async def everywhere(self, path, token, read=None, **query):
        answers: dict[str, Any] = {}
        for service in self.names:
            try:
                answers[service] = await self.get(service, path, token, read, **query)
            except ServiceTroubleError as trouble:
                answers[service] = trouble
        return answers

    async def act(self, method, service, path, token, *, body=None, headers=None, read=None):
        self.acts.append((method, service, path, body))
        self.headers = headers or {}
        self.tokens[service].add(token)
        return self._read(service, self._answer(method, service, path, body), read)

    @asynccontextmanager
    async def stream(self, service, path, token, **query) -> AsyncIterator[AsyncIterator[bytes]]:
        answer = await self.get(service, path, token, **query)

        async def parts() -> AsyncIterator[bytes]:
            yield answer

        yield parts()

    def _answer(self, method: str, service: str, path: str, given: Any) -> Any:
        unknown = ServiceRefusedError(service, Refusal(404, "not_found", "There is no such thing."))
        answer = self._answers.get((method, service, path), unknown)
        if callable(answer):
            answer = answer(given)
        if isinstance(answer, ServiceTroubleError):
            raise answer
        return answer

    @staticmethod
    def _read(service: str, answer: Any, read: Any) -> Any:
        try:
            return read(answer) if read else answer
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ServiceStrangeError(service, "It answers otherwise.") from error


class FakeSessions:
    def __init__(self) -> None:
        self.kept: dict[str, Session] = {}
        self.used: set[str] = set()
        self.forms: dict[str, KeptForm] = {}

    async def keep(self, session_id: str, session: Session) -> None:
        self.kept[session_id] = session

    async def update(self, session_id: str, session: Session) -> None:
        if session_id in self.kept:
            self.kept[session_id] = session

    async def find(self, session_id: str) -> Session | None:
        return self.kept.get(session_id)

    async def end(self, session_id: str) -> None:
        self.kept.pop(session_id, None)

    async def first_use(self, token_name: str) -> bool:
        is_first = token_name not in self.used
        self.used.add(token_name)
        return is_first

    async def keep_form(self, form: KeptForm) -> str:
        key = uuid4().hex
        self.forms[key] = form
        return key

    async def find_form(self, key: str) -> KeptForm | None:
        return self.forms.get(key)

    async def drop_form(self, key: str) -> None:
        self.forms.pop(key, None)


class FakePeople:
    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    async def note(self, subject: str, name: str) -> None:
        self.known[subject] = name

    async def names(self, subjects):
        return {each: self.known[each] for each in subjects if each in self.known}


class FakeProvider:
    """Lets in whoever brings the code `good`."""

    def __init__(self) -> None:
        self.given_roles = frozenset({"operator"})
        self.is_silent = False
        self.is_over = False
        self.renewals = 0

    def tokens(self) -> Tokens:
        return Tokens(uuid4().hex, uuid4().hex, uuid4().hex, utc_now() + timedelta(minutes=15))

    async def login_address(self, state: str, nonce: str, verifier: str) -> str:
        self._speak()
        return f"https://login.example.org/auth?state={state}"

    async def redeem(self, code: str, nonce: str, verifier: str) -> tuple[str, str, Tokens]:
        self._speak()
        if code != "good":
            raise LoginRefusedError("invalid_grant")
        return "subject-1", "Olga Genossenschaft", self.tokens()

    async def renew(self, tokens: Tokens) -> Tokens:
        self._speak()
        await asyncio.sleep(0)  # as any request, it lets others go on
        if self.is_over:
            raise LoginRefusedError("invalid_grant")
        self.renewals += 1
        return replace(self.tokens(), id_token=tokens.id_token)

    async def roles(self, tokens: Tokens) -> frozenset[str]:
        return self.given_roles

    async def logout_address(self, tokens: Tokens) -> str:
        self._speak()
        return "https://login.example.org/logout"

    def _speak(self) -> None:
        if self.is_silent:
            raise IssuerSilentError


class FakeMachine:
    async def token(self) -> str:
        return "machine-token"


def session(
    *roles: str, subject: str = "subject-1", name: str = "Olga Genossenschaft", **more: Any
) -> Session:
    """A session that has just begun."""
    now = utc_now()
    fields: Mapping[str, Any] = {
        "form_key": "ab" * 32,
        "opened_at": now,
        "seen_at": now,
        "tokens": FakeProvider().tokens(),
        **more,
    }
    return Session(subject=subject, name=name, roles=frozenset(roles), **fields)
