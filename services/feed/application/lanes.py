"""Sending events to one endpoint: in order within an aggregate, several aggregates at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.feed.application.queries import LogEntry
from services.feed.domain.attempt import Attempt, Outcome, Result, Trigger
from services.feed.domain.endpoint import Health
from services.feed.domain.failing_key import FailingKey

#: Sends one event.
Send = Callable[[LogEntry], Awaitable[Result]]


@dataclass(slots=True)
class Lanes:
    """One round. Afterwards `attempts` and `keys` are what came of it; nothing is kept before.

    `keys` are all that wait for the aggregates of this round; events of an aggregate that waits are held.
    """

    health: Health
    send: Send
    keys: dict[str, FailingKey]
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    #: From then on no more is begun.
    end: datetime
    attempts: list[Attempt] = field(default_factory=list)
    _queues: dict[str, deque[LogEntry]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def retry(self, held: Sequence[tuple[FailingKey, Sequence[LogEntry]]]) -> None:
        """Send what waits and is due."""
        async with asyncio.TaskGroup() as group:
            for key, entries in held:
                if not await self._is_free():
                    break
                first = Trigger.RETRY if key.attempts else Trigger.SCHEDULED
                self._begin(group, key.aggregate, entries, first)

    async def replay(self, entries: Iterable[LogEntry]) -> list[int]:
        """Send what is wanted once more; returns the positions that are done with."""
        return await self._go(entries, Trigger.REPLAY)

    async def go_on(self, entries: Iterable[LogEntry]) -> list[int]:
        """Send what is new; returns the positions that were sent or wait, which are the first ones."""
        return await self._go(entries, Trigger.SCHEDULED)

    async def probe(self, entry: LogEntry) -> bool:
        """Send one to see whether the endpoint is well; a failure is not the event's."""
        result, now = await self._sent(entry, Trigger.PROBE)
        key = self._waiting(entry)
        number = key.attempts + 1 if key else 1
        outcome = Outcome.DELIVERED if result.is_success else Outcome.FAILED
        if key and result.is_success:
            key.delivered(now)
        self._note(entry, number, Trigger.PROBE, outcome, result, now)
        return result.is_success

    async def _go(self, entries: Iterable[LogEntry], trigger: Trigger) -> list[int]:
        done = []
        async with asyncio.TaskGroup() as group:
            for entry in entries:
                key = self.keys.get(entry.aggregate)
                if key and not key.is_empty:
                    key.hold(entry.position)
                elif entry.aggregate in self._queues:
                    self._queues[entry.aggregate].append(entry)
                elif await self._is_free():
                    self._begin(group, entry.aggregate, [entry], trigger)
                else:
                    break
                done.append(entry.position)
        return done

    async def _is_free(self) -> bool:
        """Wait for a place; False when nothing more is to be begun."""
        while self._may_go_on and len(self._tasks) >= self.health.at_once:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        return self._may_go_on

    @property
    def _may_go_on(self) -> bool:
        return self.health.may_send and self.clock() < self.end

    def _begin(
        self, group: asyncio.TaskGroup, aggregate: str, entries: Sequence[LogEntry], first: Trigger
    ) -> None:
        self._queues[aggregate] = deque(entries)
        task = group.create_task(self._run(aggregate, first))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, aggregate: str, trigger: Trigger) -> None:
        """Send an aggregate's events until one fails; whatever is left waits."""
        queue = self._queues[aggregate]
        while queue and self._may_go_on:
            if not await self._deliver(queue.popleft(), trigger):
                break
            if trigger is Trigger.RETRY:
                trigger = Trigger.SCHEDULED
        del self._queues[aggregate]
        for entry in queue:
            self._hold(entry)

    async def _deliver(self, entry: LogEntry, trigger: Trigger) -> bool:
        result, now = await self._sent(entry, trigger)
        key = self._waiting(entry)
        number = key.attempts + 1 if key else 1
        outcome = Outcome.DELIVERED if result.is_success else Outcome.FAILED
        if key and result.is_success:
            key.delivered(now)
        elif not result.is_success and self._hold(entry).failed(result, now, self.chance()):
            outcome = Outcome.EXHAUSTED
        self._note(entry, number, trigger, outcome, result, now)
        return result.is_success

    def _waiting(self, entry: LogEntry) -> FailingKey | None:
        """The key whose turn this event is, if it has waited."""
        key = self.keys.get(entry.aggregate)
        return key if key and not key.is_empty and key.head == entry.position else None

    async def _sent(self, entry: LogEntry, trigger: Trigger) -> tuple[Result, datetime]:
        result = await self.send(entry)
        now = self.clock()
        self.health.note(result, trigger, now)
        return result, now

    def _hold(self, entry: LogEntry) -> FailingKey:
        key = self.keys.get(entry.aggregate)
        if key is None or key.is_empty:
            key = FailingKey.begin(entry.aggregate, entry.position, self.clock())
            self.keys[entry.aggregate] = key
        key.hold(entry.position)
        return key

    def _note(
        self,
        entry: LogEntry,
        number: int,
        trigger: Trigger,
        outcome: Outcome,
        result: Result,
        now: datetime,
    ) -> None:
        self.attempts.append(
            Attempt(
                event_id=entry.event_id,
                position=entry.position,
                aggregate=entry.aggregate,
                type=entry.type,
                number=number,
                trigger=trigger,
                at=now,
                outcome=outcome,
                result=result,
            )
        )
