"""The batch consumer: one batch is one transaction, with a fall-back to one record at a time."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine
from tenacity import AsyncRetrying, retry_if_exception, wait_exponential_jitter

from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.outage import is_outage
from shared.database.unit_of_work import U, UnitsOfWork
from shared.envelope import Envelope, EnvelopeError, Event, Received
from shared.inbox import store
from shared.inbox.store import DeadLetter
from shared.telemetry.metrics import CRITICAL_TIME, DEAD_LETTERS, DUPLICATES, HANDLED

log = logging.getLogger(__name__)

#: Waits before each further attempt at a record that fails by itself, in seconds.
RETRY_WAITS = (0.1, 0.5, 1.0)

Handler = Callable[[U, Sequence[Received[Any]]], Awaitable[None]]
Scope = Callable[[Sequence[Received[Any]]], Awaitable[Collection[UUID]]]


@dataclass(frozen=True, slots=True)
class _Message:
    """A Kafka record and the event that it carries."""

    record: Any
    received: Received[Any]


async def tenants_of(events: Sequence[Received[Any]]) -> Collection[UUID]:
    """The usual scope of a batch: the tenants that its events belong to."""
    return {event.tenant_id for event in events}


class BatchConsumer(Generic[U]):
    """Handles records so that redelivery, duplicates and a crash at any point change nothing."""

    def __init__(
        self,
        engine: AsyncEngine,
        units: UnitsOfWork[U],
        handlers: Mapping[type[Event], Handler[U]],
        *,
        scope: Scope = tenants_of,
    ) -> None:
        self._engine = engine
        self._units = units
        self._handlers = handlers
        self._events = {event.TYPE: event for event in handlers}
        self._scope = scope

    async def process(self, records: Sequence[Any]) -> None:
        """Handle or bury every record. Returns only when their offsets may be committed."""
        messages, unreadable = self._read(records)
        await _through_outages(lambda: self._bury(unreadable))
        await _through_outages(lambda: self._handle(messages))

    def _read(self, records: Sequence[Any]) -> tuple[list[_Message], list[DeadLetter]]:
        messages, unreadable = [], []
        for record in records:
            try:
                received = self._parse(record)
            except (EnvelopeError, ValidationError) as error:
                unreadable.append(DeadLetter(record, _describe(error), attempts=1))
            else:
                if received:
                    messages.append(_Message(record, received))
        return messages, unreadable

    def _parse(self, record: Any) -> Received[Any] | None:
        envelope = Envelope.parse(record.headers, record.key, record.value)
        event = self._events.get(envelope.type)
        return Received(envelope, event.model_validate_json(envelope.data)) if event else None

    async def _handle(self, messages: Sequence[_Message]) -> None:
        if not messages:
            return
        try:
            await self._together([message.received for message in messages])
        except Exception as error:  # whatever one record does, the others go on
            if is_outage(error):
                raise
            log.warning(
                "batch of %d fell back to single records: %s", len(messages), _describe(error)
            )
            for message in messages:
                await self._alone(message)

    async def _together(self, events: Sequence[Received[Any]]) -> None:
        distinct = {event.envelope.id: event for event in events}
        async with self._units(await self._scope(events)) as work:
            fresh = await work.claim(distinct.keys())
            todo = [event for event in distinct.values() if event.envelope.id in fresh]
            for event_type, group in _rounds(todo):
                await self._handlers[event_type](work, group)
        _measure(todo, duplicates=len(events) - len(todo))

    async def _alone(self, message: _Message) -> None:
        for wait in RETRY_WAITS:
            if await self._try(message) is None:
                return
            await asyncio.sleep(wait)
        error = await self._try(message)
        if error:
            attempts = len(RETRY_WAITS) + 1
            log.error("record buried after %d attempts: %s", attempts, _describe(error))
            await self._bury([DeadLetter(message.record, _describe(error), attempts)])

    async def _try(self, message: _Message) -> Exception | None:
        try:
            await self._together([message.received])
        except Exception as error:
            if is_outage(error):
                raise
            return error
        return None

    async def _bury(self, letters: Sequence[DeadLetter]) -> None:
        if letters:
            async with transaction(self._engine) as connection:
                await store.bury(connection, letters)
            DEAD_LETTERS.add(len(letters))


async def _through_outages(action: Callable[[], Awaitable[None]]) -> None:
    """Repeat until the database is back: an outage is nobody's dead letter."""
    retrying = AsyncRetrying(
        retry=retry_if_exception(is_outage), wait=wait_exponential_jitter(multiplier=0.2, max=10)
    )
    async for attempt in retrying:
        with attempt:
            await action()


def _rounds(events: Sequence[Received[Any]]) -> Iterator[tuple[type[Event], list[Received[Any]]]]:
    """Group events by type without changing the order within a key.

    Round n holds the n-th event of every key, so within a round the order does not matter.
    """
    seen: dict[str, int] = defaultdict(int)
    rounds: list[dict[type[Event], list[Received[Any]]]] = []
    for event in events:
        key = event.envelope.key
        if seen[key] == len(rounds):
            rounds.append(defaultdict(list))
        rounds[seen[key]][type(event.event)].append(event)
        seen[key] += 1
    for groups in rounds:
        yield from groups.items()


def _measure(events: Sequence[Received[Any]], *, duplicates: int) -> None:
    now = utc_now()
    DUPLICATES.add(duplicates)
    for event in events:
        HANDLED.add(1, {"type": event.envelope.type})
        CRITICAL_TIME.record(
            (now - event.envelope.time).total_seconds(), {"type": event.envelope.type}
        )


def _describe(error: Exception) -> str:
    """The error without the values that caused it: a dead letter's reason may be shown in a log."""
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False, include_context=False)
        )
    if isinstance(error, EnvelopeError):
        return str(error)
    return f"{type(error).__name__} {getattr(error, 'code', '')}".strip()
