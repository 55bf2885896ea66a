"""Waiting at the end of a log: one listening session a process, and a future for each who waits."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.log import CHANNEL
from shared.database.engine import transaction
from shared.database.listening import listening
from shared.database.outage import LOST_SESSION, is_outage

log = logging.getLogger(__name__)

#: Looked at without being told: should the session be lost, and when a day begins and with it a quota.
POLL_SECONDS = 5.0
#: However much is appended, so long passes between two looks.
PAUSE_SECONDS = 0.02
#: An entry may become visible so long after its time.
LATE = timedelta(seconds=60)

_GROWN = text(
    """
    SELECT tenant_id, readable_until(feed) AS readable, last_at FROM tenant_feed AS feed
    WHERE CAST(:since AS timestamptz) IS NULL OR last_at >= :since
    """
)


class Tails:
    """The ends of all logs. It looks at them while somebody waits, and not otherwise."""

    def __init__(self, engine: AsyncEngine, database_url: str) -> None:
        self._engine = engine
        self._database_url = database_url
        self._readable: dict[UUID, int] = {}
        self._waiting: dict[UUID, set[tuple[int, asyncio.Future[None]]]] = defaultdict(set)
        self._heard = asyncio.Event()
        self._readers = 0
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Look at the logs for as long as the block lasts."""
        self._readers += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            self._readers -= 1
            if not self._readers:
                self._looking.cancel()
                self._looking = None
                self._readable.clear()

    async def grown(self, tenant_id: UUID, position: int, seconds: float) -> bool:
        """Wait until a log can be read beyond a position; False if it cannot after so long."""
        if self._readable.get(tenant_id, 0) > position:
            return True
        place = (position, asyncio.get_running_loop().create_future())
        self._waiting[tenant_id].add(place)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await place[1]
            return place[1].done() and not place[1].cancelled()
        finally:
            self._waiting[tenant_id].discard(place)
            if not self._waiting[tenant_id]:
                del self._waiting[tenant_id]

    async def _look_on(self) -> None:
        since: datetime | None = None
        async with AsyncExitStack() as session:
            connection: asyncpg.Connection | None = None
            while True:
                if connection is None or connection.is_closed():
                    await session.aclose()
                    connection = await self._listen(session)
                    since = None
                since = await self._look(since)
                await asyncio.sleep(PAUSE_SECONDS)
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._heard.wait()
                except TimeoutError:
                    since = None
                self._heard.clear()

    async def _listen(self, session: AsyncExitStack) -> asyncpg.Connection | None:
        """Without a session the logs are looked at all the same, if later."""
        listens = listening(self._database_url, CHANNEL, lambda _payload: self._heard.set())
        with suppress(asyncpg.PostgresError, *LOST_SESSION):
            return await session.enter_async_context(listens)
        return None

    async def _look(self, since: datetime | None) -> datetime | None:
        """See which logs have grown since, or look at all; returns from when on to look the next time."""
        try:
            async with transaction(self._engine, operator=True) as connection:
                logs = (await connection.execute(_GROWN, {"since": since})).all()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("the logs could not be looked at, they are again later")
            return None
        for each in logs:
            self._readable[each.tenant_id] = each.readable
            for position, future in self._waiting.get(each.tenant_id, ()):
                if each.readable > position and not future.done():
                    future.set_result(None)
        newest = max((each.last_at for each in logs), default=None)
        return newest - LATE if newest else since
