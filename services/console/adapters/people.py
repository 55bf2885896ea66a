"""Names of operators, as Keycloak told them at login; services know people by their subject only."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Final

from redis.asyncio import Redis

from shared.sealing import NotOpenedError, Seal

#: Who has not logged in for so long is told of by subject.
KEPT: Final = timedelta(days=400)


class RedisPeople:
    """Sealed, as sessions are."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis, self._seal = redis, seal

    async def note(self, subject: str, name: str) -> None:
        """Remember somebody's name."""
        key = _key(subject)
        await self._redis.set(key, self._seal.seal(name.encode(), key.encode()), ex=KEPT)

    async def names(self, subjects: Iterable[str | None]) -> Mapping[str, str]:
        """The names that are known."""
        asked = sorted({each for each in subjects if each})
        if not asked:
            return {}
        sealed = await self._redis.mget([_key(each) for each in asked])
        opened = {
            subject: self._opened(subject, found)
            for subject, found in zip(asked, sealed, strict=True)
        }
        return {subject: name for subject, name in opened.items() if name}

    def _opened(self, subject: str, sealed: bytes | str | None) -> str:
        """Empty also for what another session key has sealed: the name comes with the next login."""
        if not isinstance(sealed, bytes):
            return ""
        try:
            return self._seal.open(sealed, _key(subject).encode()).decode()
        except NotOpenedError:
            return ""


def _key(subject: str) -> str:
    return f"console:person:{sha256(subject.encode()).hexdigest()}"
