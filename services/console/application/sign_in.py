"""Logging in, staying logged in, and logging out."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

from services.console.application.ports import IdentityProvider, Sessions
from services.console.domain.addresses import own_address
from services.console.domain.errors import IssuerSilentError, LoginRefusedError
from services.console.domain.session import Session
from shared.clock import Clock

#: So long may somebody take for password and second factor.
LOGIN_WINDOW: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login under way; only the browser that began it can end it."""

    state: str
    nonce: str
    verifier: str
    next_address: str
    begun_at: datetime


class SignIn:
    """The use cases of a session; `now` gives the time."""

    def __init__(self, provider: IdentityProvider, sessions: Sessions, now: Clock) -> None:
        self._provider, self._sessions, self._now = provider, sessions, now
        self._renewing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def begin(self, next_address: str) -> tuple[Attempt, str]:
        """An attempt to remember, and where to send the browser."""
        attempt = Attempt(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            next_address=own_address(next_address),
            begun_at=self._now(),
        )
        address = await self._provider.login_address(attempt.state, attempt.nonce, attempt.verifier)
        return attempt, address

    async def finish(self, attempt: Attempt | None, state: str, code: str) -> tuple[str, Session]:
        """A new session with a new id, whatever the browser had before. Raises LoginRefusedError."""
        now = self._now()
        if attempt is None or not secrets.compare_digest(attempt.state.encode(), state.encode()):
            raise LoginRefusedError("this browser did not begin this login")
        if now - attempt.begun_at > LOGIN_WINDOW:
            raise LoginRefusedError("the login took too long")
        subject, name, tokens = await self._provider.redeem(code, attempt.nonce, attempt.verifier)
        session = Session(
            subject=subject,
            name=name,
            roles=await self._provider.roles(tokens),
            tokens=tokens,
            form_key=secrets.token_hex(32),
            opened_at=now,
            seen_at=now,
        )
        session_id = secrets.token_urlsafe(32)
        await self._sessions.keep(session_id, session)
        return session_id, session

    async def current(self, session_id: str, *, is_there: bool = True) -> Session | None:
        """The session of a request with a token that lasts, or None: log in again.

        A stream that stays open by itself does not show that somebody `is_there`.
        Raises IssuerSilentError when the token has ended and cannot be renewed right now.
        """
        session = await self._sessions.find(session_id)
        now = self._now()
        if session is None or session.is_over(now):
            return None
        if session.needs_renewal(now):
            session = await self._renewed(session_id)
        if session is not None and is_there and session.is_to_be_noted(now):
            session = session.seen(now)
            await self._sessions.update(session_id, session)
        return session

    async def former(self, session_id: str) -> Session | None:
        """Whose session it was, also when it is over."""
        return await self._sessions.find(session_id)

    async def end(self, session_id: str) -> str | None:
        """Forget a session. Returns where Keycloak forgets it too, if it can be asked."""
        session = await self._sessions.find(session_id)
        await self._sessions.end(session_id)
        if session is None:
            return None
        try:
            return await self._provider.logout_address(session.tokens)
        except IssuerSilentError:
            return None

    async def _renewed(self, session_id: str) -> Session | None:
        """One request of a session renews its token; the others wait, and find it done."""
        lock = self._renewing.setdefault(session_id, asyncio.Lock())
        async with lock:
            session = await self._sessions.find(session_id)
            now = self._now()
            if session is None or session.is_over(now):
                return None
            if not session.needs_renewal(now):
                return session
            try:
                tokens = await self._provider.renew(session.tokens)
                roles = await self._provider.roles(tokens)
            except LoginRefusedError:
                await self._sessions.update(session_id, session.ended(now))
                return None
            except IssuerSilentError:
                if now < session.tokens.expires_at:
                    return session
                raise
            session = session.renewed(tokens, roles)
            await self._sessions.update(session_id, session)
            return session
