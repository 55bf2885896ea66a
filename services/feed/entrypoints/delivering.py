"""A worker's share of the readings of one way: claimed as soon as there is something to do, many at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from uuid import uuid4

import asyncpg

from services.feed.adapters.log import CHANNEL
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.domain.reading import LEASE, LeaseLostError, Reading, ReadingKey
from services.feed.domain.subscription import Way
from shared.clock import utc_now
from shared.database.listening import listening
from shared.database.outage import LOST_SESSION, is_outage
from shared.processes.foundation import Foundation

log = logging.getLogger(__name__)

#: Looked at without being woken: for what became due, what a dead worker left, and what was not heard.
POLL_SECONDS = 1.0
RENEW_SECONDS = 10.0
#: So long before its lease could end, nothing is sent any more: time for what was sent last to arrive.
MARGIN_SECONDS = 5.0
DRAIN_SECONDS = 10.0
#: A reading whose delivery failed unexpectedly is left alone for so long.
REST = timedelta(seconds=10)

#: Delivers what a reading has to deliver and releases it; may be cancelled at any time.
Deliver = Callable[[Reading], Awaitable[None]]


class Delivering:
    """Run it as a task, cancel it to stop. What it left without releasing it is due again after its lease."""

    def __init__(
        self,
        foundation: Foundation[PostgresUnitOfWork],
        way: Way,
        deliver: Deliver,
        *,
        at_once: int,
    ) -> None:
        self._foundation = foundation
        self._way = way
        self._deliver = deliver
        self._at_once = at_once
        self._holder = uuid4()
        self._wake = asyncio.Event()
        self._under_way: dict[ReadingKey, asyncio.Task[None]] = {}
        self._renewed_at = float("-inf")

    def may_send(self) -> bool:
        """Whether every reading that is held stays held for long enough for what is sent now to arrive."""
        return monotonic() < self._renewed_at + LEASE.total_seconds() - MARGIN_SECONDS

    async def run(self) -> None:
        """Deliver for ever. An outage of the database ends it; it is run again."""
        url = self._foundation.settings.database_url
        try:
            async with listening(url, CHANNEL, lambda _payload: self._wake.set()) as ears:
                while not ears.is_closed():
                    self._wake.clear()
                    await self._begin()
                    await self._pause()
        finally:
            await self._stop()

    async def _begin(self) -> None:
        """Keep what is held, then take what is free; so what was lost is noticed before it is had again."""
        if monotonic() >= self._renewed_at + RENEW_SECONDS:
            await self._renew()
        free = self._at_once - len(self._under_way)
        if not free:
            return
        started = monotonic()
        async with self._foundation.units(operator=True) as work:
            readings = await work.readings.claim(self._way, self._holder, free)
        for reading in readings:
            task = asyncio.create_task(self._take(reading))
            self._under_way[reading.key] = task
        # Claims take half of the time at most: what comes meanwhile is claimed together.
        await asyncio.sleep(monotonic() - started)

    async def _renew(self) -> None:
        started = monotonic()
        async with self._foundation.units(operator=True) as work:
            kept = await work.readings.renew(self._holder)
        lost = [task for key, task in self._under_way.items() if key not in kept]
        for task in lost:
            task.cancel()
        await asyncio.gather(*lost, return_exceptions=True)
        self._renewed_at = started

    async def _take(self, reading: Reading) -> None:
        """Whatever happens to one reading, the others go on."""
        try:
            await self._deliver(reading)
        except LeaseLostError:
            log.warning("a reading is another worker's now")
        except Exception as error:
            if is_outage(error):
                log.warning("a reading met an outage, it is taken again later")
            else:
                log.exception("a reading failed, it is taken again later")
            await self._rest(reading)
        finally:
            del self._under_way[reading.key]
            self._wake.set()

    async def _rest(self, reading: Reading) -> None:
        with suppress(LeaseLostError, asyncpg.PostgresError, *LOST_SESSION):
            async with self._foundation.units([reading.tenant_id]) as work:
                await work.readings.release(
                    reading,
                    reading.position,
                    due_at=reading.due_at,
                    resting_until=utc_now() + REST,
                )

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()

    async def _stop(self) -> None:
        """What is under way may come to its end, so that nothing has to wait for a lease; but not for ever."""
        tasks = list(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(Exception):  # without a database, the leases end by themselves
            async with self._foundation.units(operator=True) as work:
                await work.readings.abandon(self._holder)
