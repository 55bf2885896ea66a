"""Sessions in Redis: found by the hash of their id, sealed with the session key. Losing them costs a login."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from redis.asyncio import Redis

from services.console.domain.kept_form import KeptForm
from services.console.domain.session import LIFE, Session, Tokens
from shared.sealing import NotOpenedError, Seal

#: A session that is over is known a while longer: what its owner typed in shall not be lost.
KEPT: Final = LIFE + timedelta(hours=2)
FORM_KEPT: Final = timedelta(minutes=15)


class RedisSessions:
    """Sessions, used form tokens, and what was typed into forms."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis, self._seal = redis, seal

    async def keep(self, session_id: str, session: Session) -> None:
        """Write a new session down."""
        await self._redis.set(*self._written(session_id, session), ex=KEPT)

    async def update(self, session_id: str, session: Session) -> None:
        """Write a session down again, unless it was ended meanwhile."""
        await self._redis.set(*self._written(session_id, session), xx=True, keepttl=True)

    async def find(self, session_id: str) -> Session | None:
        """A session, also for a while after it is over."""
        key = _key("session", session_id)
        found = self._opened(key, await self._redis.get(key))
        return _session(found) if found else None

    async def end(self, session_id: str) -> None:
        """Forget a session."""
        await self._redis.delete(_key("session", session_id))

    async def first_use(self, token_name: str) -> bool:
        """Whether a form's token is used for the first time."""
        return bool(await self._redis.set(_key("sent", token_name), b"1", nx=True, ex=KEPT))

    async def keep_form(self, form: KeptForm) -> str:
        """Keep what was typed in."""
        key = secrets.token_urlsafe(32)
        kept = _key("form", key)
        await self._redis.set(kept, self._sealed(kept, asdict(form)), ex=FORM_KEPT)
        return key

    async def find_form(self, key: str) -> KeptForm | None:
        """What was kept, if it still is."""
        kept = _key("form", key)
        found = self._opened(kept, await self._redis.get(kept))
        return KeptForm(**found) if found else None

    async def drop_form(self, key: str) -> None:
        """It was shown."""
        await self._redis.delete(_key("form", key))

    def _written(self, session_id: str, session: Session) -> tuple[str, bytes]:
        key = _key("session", session_id)
        return key, self._sealed(key, asdict(session))

    def _sealed(self, key: str, values: Any) -> bytes:
        return self._seal.seal(json.dumps(values, default=_plain).encode(), key.encode())

    def _opened(self, key: str, sealed: bytes | str | None) -> Any:
        """None also for what another session key has sealed: everybody logs in again."""
        if not isinstance(sealed, bytes):
            return None
        try:
            return json.loads(self._seal.open(sealed, key.encode()))
        except NotOpenedError:
            return None


def _key(kind: str, name: str) -> str:
    """What can be read in Redis opens nothing: a session's id is not there."""
    return f"console:{kind}:{sha256(name.encode()).hexdigest()}"


def _plain(value: datetime | frozenset[str]) -> str | list[str]:
    return value.isoformat() if isinstance(value, datetime) else sorted(value)


def _session(found: Mapping[str, Any]) -> Session:
    times = {name: datetime.fromisoformat(found[name]) for name in ("opened_at", "seen_at")}
    tokens = dict(found["tokens"])
    tokens["expires_at"] = datetime.fromisoformat(tokens["expires_at"])
    roles = frozenset(found["roles"])
    return Session(**{**found, **times, "roles": roles, "tokens": Tokens(**tokens)})
