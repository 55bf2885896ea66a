"""Waiting for a tenant's onboarding to change: one listening session a process, whoever watches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from uuid import UUID

import asyncpg

from services.member.adapters.process_repository import CHANGED
from shared.database.listening import listening
from shared.database.outage import LOST_SESSION

MAX_WATCHERS = 500
#: Looked at without being told, should the session be lost.
POLL_SECONDS = 5.0


class Watchers:
    """Those who watch. The session begins with the first of them and ends with the last."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._events: dict[UUID, set[asyncio.Event]] = {}
        self._count = 0
        self._session = AsyncExitStack()
        self._connection: asyncpg.Connection | None = None
        self._changing = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        """Whether nobody else may watch at this process."""
        return self._count >= MAX_WATCHERS

    @asynccontextmanager
    async def watching(self, tenant_id: UUID) -> AsyncIterator["Watch"]:
        """Hear of a tenant's changes for as long as the block lasts."""
        event = asyncio.Event()
        self._events.setdefault(tenant_id, set()).add(event)
        self._count += 1
        try:
            await self._listen()
            yield Watch(event)
        finally:
            self._count -= 1
            self._events[tenant_id].discard(event)
            if not self._events[tenant_id]:
                del self._events[tenant_id]
            await self._listen()

    async def _listen(self) -> None:
        """Open the session if somebody watches, close it if nobody does; without one, watching is slower."""
        async with self._changing:
            is_open = self._connection is not None and not self._connection.is_closed()
            if bool(self._count) == is_open:
                return
            await self._session.aclose()
            self._connection = None
            if self._count:
                session = listening(self._database_url, CHANGED, self._heard)
                with suppress(asyncpg.PostgresError, *LOST_SESSION):
                    self._connection = await self._session.enter_async_context(session)

    def _heard(self, payload: str) -> None:
        for event in self._events.get(UUID(payload), ()):
            event.set()


class Watch:
    """One who watches a tenant."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def changed(self) -> None:
        """Wait until something may have changed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._event.wait()
        self._event.clear()
