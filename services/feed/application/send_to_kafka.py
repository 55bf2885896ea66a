"""Have a tenant's events in its Kafka topic, in the order of the log; twice perhaps, and then with the same id."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from services.feed.application.kafka_ports import TopicMissingError, Topics, TopicUnavailableError
from services.feed.application.reading_ports import Pages, Readings
from services.feed.domain.reading import Reading

#: So long a reading goes on at most before others have their turn.
TURN = timedelta(seconds=2)
#: What Kafka did not take is tried again after so long.
REST = timedelta(seconds=5)
PAGE_EVENTS = 1_000


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def readings(self) -> Readings:
        """The readings."""


class KafkaSender:
    """Sends readings with something to send. `units` and `pages` open for tenants that are named."""

    def __init__(
        self,
        units: Callable[..., AbstractAsyncContextManager[UnitOfWork]],
        pages: Callable[..., AbstractAsyncContextManager[Pages]],
        topics: Topics,
        clock: Callable[[], datetime],
    ) -> None:
        self._units = units
        self._pages = pages
        self._topics = topics
        self._clock = clock

    async def send(self, reading: Reading) -> None:
        """Send for a turn, and release the reading. Raises LeaseLostError."""
        end = self._clock() + TURN
        position = reading.position
        try:
            while position < reading.until:
                position = await self._send_page(reading, position)
                if self._clock() >= end:
                    break
                if position < reading.until:
                    await self._advance(reading, position)
        except TopicMissingError:
            await self._begin_anew(reading)
        except TopicUnavailableError:
            await self._release(reading, position, self._clock() + REST)
        else:
            await self._release(reading, position)

    async def _send_page(self, reading: Reading, after: int) -> int:
        async with self._pages([reading.tenant_id]) as pages:
            page = await pages.page(
                reading.tenant_id,
                after=after,
                types=reading.selection.wanted,
                limit=PAGE_EVENTS,
            )
        if page.entries:
            contents = [entry.content for entry in page.entries]
            await self._topics.send(reading.tenant_id, contents, reading.selection)
        return page.upto

    async def _begin_anew(self, reading: Reading) -> None:
        """A topic that was lost is filled again with all that the log still has for the subscription."""
        try:
            is_new = await self._topics.create(reading.tenant_id)
        except TopicUnavailableError:
            await self._release(reading, reading.position, self._clock() + REST)
            return
        async with self._units([reading.tenant_id]) as work:
            position = reading.position
            if is_new:
                position = await work.readings.restart(reading)
            await work.readings.release(reading, position)

    async def _advance(self, reading: Reading, position: int) -> None:
        async with self._units([reading.tenant_id]) as work:
            await work.readings.advance(reading, position)

    async def _release(
        self, reading: Reading, position: int, resting_until: datetime | None = None
    ) -> None:
        async with self._units([reading.tenant_id]) as work:
            await work.readings.release(reading, position, resting_until=resting_until)
