"""The batch consumer: one batch is one transaction, with a fall-back to one record at a time."""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
from shared.inbox import letters, parking
from shared.inbox.origins import Origin
from shared.inbox.parking import Parked
from shared.inbox.records import Failure, Message, Record
from shared.inbox.sequences import Seen
from shared.inbox.store import Admission
from shared.telemetry import metrics, tracing

log = logging.getLogger(__name__)

Handler = Callable[[U, Sequence[Received[Any]]], Awaitable[None]]
Scope = Callable[[Sequence[Received[Any]]], Awaitable[Collection[UUID]]]


async def tenants_of(events: Sequence[Received[Any]]) -> Collection[UUID]:
    """The usual scope of a batch: the tenants that its events belong to."""
    return {event.tenant_id for event in events}


@dataclass(frozen=True, slots=True)
class _Batch:
    """What records turned out to be, each kind in their order."""

    messages: list[Message] = field(default_factory=list)
    passed_by: list[Seen] = field(default_factory=list)
    unreadable: list[Failure] = field(default_factory=list)

    def passed_before(self, message: Message) -> list[Seen]:
        """The events of its aggregate that it came after."""
        seen = Seen.of(message.record, message.received.envelope)
        return [
            each
            for each in self.passed_by
            if each.place == seen.place and each.offset < seen.offset
        ]


class BatchConsumer(Generic[U]):
    """Handles records so that redelivery, duplicates and a crash at any point change nothing."""

    def __init__(
        self,
        engine: AsyncEngine,
        units: UnitsOfWork[U],
        handlers: Mapping[type[Event], Handler[U]],
        *,
        scope: Scope = tenants_of,
        copies: Collection[type[Event]] = (),
        together: Handler[U] | None = None,
        tombstones: Collection[type[Event]] = (),
    ) -> None:
        """`handlers` get the events of one type; `together`, after them, all of a batch in their order.

        A rebuild runs the handlers of `copies` only. `tombstones` are what records without data are read as,
        each on its topic.
        """
        self._engine = engine
        self._units = units
        self._handlers = handlers
        self._events = {event.TYPE: event for event in handlers}
        self._scope = scope
        self._copies = frozenset(event.TYPE for event in copies)
        self._handle_together = together
        self._tombstones = {event.TOPIC: event for event in tombstones}

    async def process(self, records: Sequence[Record]) -> None:
        """Handle, park or bury every record. Returns only when their offsets may be committed."""
        batch = self._read(records)
        await _through_outages(lambda: self._bury(batch.unreadable))
        await _through_outages(lambda: self._handle(batch))

    async def retry_parked(self) -> None:
        """Handle again what has waited long enough; raises what is_outage accepts."""
        tried: set[tuple[str, int, int, int]] = set()
        while heads := [head for head in await self._due() if _place(head) not in tried]:
            for head in heads:
                tried.add(_place(head))
                await self._retry(head)

    async def rebuild(self, records: Sequence[Record]) -> int:
        """Run the handlers of copies for records that may have been handled; returns for how many.

        What cannot be handled was set aside when it came first, and is passed by.
        """
        copies = self._copied(records)
        if copies:
            await _through_outages(lambda: self._copy(copies))
        return len(copies)

    def count(self, records: Sequence[Record]) -> int:
        """For how many records `rebuild` would run a handler."""
        return len(self._copied(records))

    def _copied(self, records: Sequence[Record]) -> list[Message]:
        messages = self._read(records).messages
        return [each for each in messages if each.received.envelope.type in self._copies]

    async def _copy(self, messages: Sequence[Message]) -> None:
        try:
            await self._copy_together(messages)
        except Exception as error:  # as in a batch
            if is_outage(error):
                raise
            if len(messages) == 1:
                log.warning("record not copied: %s", _describe(error))
                return
            for message in messages:
                await self._copy([message])

    async def _copy_together(self, messages: Sequence[Message]) -> None:
        async with self._units(await self._scope([each.received for each in messages])) as work:
            await self._apply(work, [each.received for each in messages])

    def _read(self, records: Sequence[Record]) -> "_Batch":
        batch = _Batch()
        for record in records:
            try:
                received = self._parse(record)
                if received:
                    batch.messages.append(Message(record, received))
                else:
                    batch.passed_by.append(_passed_by(record))
            except (EnvelopeError, ValidationError) as error:
                batch.unreadable.append(_failure(record, error, attempts=1))
        metrics.IGNORED.add(len(batch.passed_by))
        return batch

    def _parse(self, record: Record) -> Received[Any] | None:
        envelope = Envelope.parse(record.headers, record.key, record.value)
        if not record.value and record.topic in self._tombstones:
            return Received(envelope, self._tombstones[record.topic]())
        event_type = self._events.get(envelope.type)
        if event_type is None:
            return None
        event = event_type.model_validate_json(envelope.data)
        envelope.require_credible(event, utc_now())
        return Received(envelope, event)

    async def _handle(self, batch: "_Batch") -> None:
        messages = batch.messages
        if not messages and not batch.passed_by:
            return
        try:
            await self._together(messages, batch.passed_by)
        except Exception as error:  # whatever one record does, the others go on
            if is_outage(error):
                raise
            log.warning(
                "batch of %d fell back to single records: %s", len(messages), _describe(error)
            )
            for message in messages:
                await self._alone(message, batch.passed_before(message))
            await self._together([], batch.passed_by)

    async def _together(self, messages: Sequence[Message], passed_by: Sequence[Seen]) -> None:
        with tracing.processing(messages) as spans:
            scope = await self._scope([each.received for each in messages])
            async with self._units(scope) as work:
                admission = await work.inbox.admit(messages, passed_by)
                await self._take_effect(work, spans.begin(admission.todo))
        _measure(admission)

    async def _take_effect(self, work: U, events: Sequence[Received[Any]]) -> None:
        await self._apply(work, events)
        if self._handle_together and events:
            await self._handle_together(work, events)

    async def _apply(self, work: U, events: Sequence[Received[Any]]) -> None:
        for event_type, group in _rounds(events):
            await self._handlers[event_type](work, group)

    async def _alone(self, message: Message, passed_by: Sequence[Seen]) -> None:
        with tracing.following(message.record):
            await self._handle_or_park(message, passed_by)

    async def _handle_or_park(self, message: Message, passed_by: Sequence[Seen]) -> None:
        try:
            await self._together([message], passed_by)
        except Exception as error:
            if is_outage(error):
                raise
            log.warning("record parked: %s", _describe(error))
            failure = _failure(message.record, error, attempts=1)
            async with transaction(self._engine) as connection:
                await parking.park(connection, [failure], wait=parking.RETRY_SECONDS[0])
            metrics.PARKED.add(1)

    async def _due(self) -> list[Parked]:
        async with transaction(self._engine) as connection:
            return await parking.due(connection)

    async def _retry(self, parked: Parked) -> None:
        metrics.RETRIES.add(1)
        with tracing.following(parked.record):
            await self._handle_or_postpone(parked)

    async def _handle_or_postpone(self, parked: Parked) -> None:
        try:
            received = self._parse(parked.record)
            await self._again(parked, received)
        except Exception as error:
            if is_outage(error):
                raise
            await self._postpone(parked, error)

    async def _again(self, parked: Parked, received: Received[Any] | None) -> None:
        messages = [Message(parked.record, received)] if received else []
        with tracing.processing(messages) as spans:
            scope = await self._scope([received]) if received else ()
            async with self._units(scope) as work:
                if not await parking.unpark(work.connection, parked):
                    return
                admission = await work.inbox.claim(messages)
                await self._take_effect(work, spans.begin(admission.todo))
        _measure(admission)

    async def _postpone(self, parked: Parked, error: Exception) -> None:
        """Wait longer, or give up: an unreadable record will not become readable by waiting."""
        hopeless = isinstance(error, EnvelopeError | ValidationError)
        failure = _failure(parked.record, error, parked.attempts + 1)
        async with transaction(self._engine) as connection:
            if not hopeless and parked.attempts < len(parking.RETRY_SECONDS):
                await parking.postpone(connection, failure)
            elif await parking.unpark(connection, parked):
                await self._give_up(connection, [failure])

    async def _bury(self, failures: Sequence[Failure]) -> None:
        if failures:
            async with transaction(self._engine) as connection:
                await self._give_up(connection, failures)

    async def _give_up(self, connection: Any, failures: Sequence[Failure]) -> None:
        await letters.bury(connection, failures)
        for failure in failures:
            with tracing.following(failure.record):
                log.error("record buried after %d attempts: %s", failure.attempts, failure.error)
        metrics.DEAD_LETTERS.add(len(failures))


async def _through_outages(action: Callable[[], Awaitable[None]]) -> None:
    """Repeat until the database is back: an outage is nobody's dead letter."""
    retrying = AsyncRetrying(
        retry=retry_if_exception(is_outage), wait=wait_exponential_jitter(multiplier=0.2, max=10)
    )
    async for attempt in retrying:
        with attempt:
            await action()


def _passed_by(record: Record) -> Seen:
    envelope = Envelope.parse(record.headers, record.key, record.value)
    return Seen.of(record, envelope, is_passed_by=True)


def _place(parked: Parked) -> tuple[str, int, int, int]:
    record = parked.record
    return record.topic, record.partition, record.offset, parked.attempts


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


def _measure(admission: Admission) -> None:
    now = utc_now()
    metrics.DUPLICATES.add(admission.duplicates)
    metrics.PARKED.add(admission.parked)
    metrics.DEAD_LETTERS.add(admission.forged)
    metrics.STALE.add(admission.anomalies.stale)
    metrics.MISSING.add(admission.anomalies.missing)
    times: dict[str, list[datetime]] = defaultdict(list)
    for message in admission.todo:
        envelope = message.received.envelope
        times[envelope.type].append(envelope.time)
    for event_type, each in times.items():
        metrics.HANDLED.add(len(each), {"type": event_type})
        # One measure a batch: to record each costs a tenth of an event's handling.
        seconds = (now - min(each)).total_seconds()
        metrics.CRITICAL_TIME.record(seconds, {"type": event_type})


def _failure(record: Record, error: Exception, attempts: int) -> Failure:
    return Failure(record, _describe(error), attempts, Origin.of(error))


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
