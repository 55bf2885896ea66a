"""Delivering a subscription's events to its endpoint: a turn at a time, each of rounds of load, send and save."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.feed.application.lanes import Lanes
from services.feed.application.outgoing import endpoint_failing, endpoint_paused
from services.feed.application.queries import LogEntry
from services.feed.application.webhook_ports import (
    Line,
    Load,
    Message,
    OpenReads,
    OpenUnit,
    Sender,
    Show,
    UnitOfWork,
)
from services.feed.domain.attempt import Result
from services.feed.domain.endpoint import Happened, Health
from services.feed.domain.failing_key import FailingKey
from services.feed.domain.reading import Reading
from services.feed.domain.replay import ReplayStatus
from services.feed.domain.subscription import Status

#: So long a reading goes on at most before others have their turn; with the deadline of what was begun
#: last it stays within the lease.
TURN = timedelta(seconds=5)
#: An endpoint in trouble for which there is no place waits so long.
NO_PLACE = timedelta(seconds=5)

_REASONS = {Status.PAUSED_AUTO: "no_success", Status.GONE: "answered_gone"}


@dataclass(slots=True)
class _Round:
    """What one round came to."""

    load: Load
    health: Health
    lanes: Lanes
    position: int
    replayed: Sequence[int] = ()
    is_replay_over: bool = False

    @property
    def has_more(self) -> bool:
        """Whether another round would send something at once."""
        return self.health.may_send and any(
            each.outcome == "delivered" for each in self.lanes.attempts
        )


class WebhookDeliverer:
    """Delivers readings. At most `troubled_at_once` endpoints that fail take a worker's places."""

    def __init__(
        self,
        units: OpenUnit,
        reads: OpenReads,
        sender: Sender,
        show: Show,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        *,
        troubled_at_once: int,
    ) -> None:
        self._units = units
        self._reads = reads
        self._sender = sender
        self._show = show
        self._clock = clock
        self._chance = chance
        self._places = troubled_at_once

    async def deliver(self, reading: Reading) -> None:
        """Deliver for a turn, and release the reading. Raises LeaseLostError."""
        end = self._clock() + TURN
        load = await self._load(reading, reading.position)
        if load is None or (load.endpoint.failing_since and not self._places):
            await self._rest(reading)
        elif load.endpoint.failing_since is None:
            await self._turn(reading, load, end)
        else:
            self._places -= 1
            try:
                await self._turn(reading, load, end)
            finally:
                self._places += 1

    async def _rest(self, reading: Reading) -> None:
        async with self._units([reading.tenant_id]) as work:
            rest = self._clock() + NO_PLACE
            await work.readings.release(
                reading, reading.position, due_at=reading.due_at, resting_until=rest
            )

    async def _load(self, reading: Reading, after: int) -> Load | None:
        async with self._reads([reading.tenant_id]) as reads:
            return await reads.load(reading, after, self._clock())

    async def _turn(self, reading: Reading, load: Load, end: datetime) -> None:
        async with self._sender.open(reading.tenant_id, load.endpoint, load.secrets) as line:
            at_once = 1
            while True:
                done = await self._round(reading, load, line, end, at_once)
                at_once = done.health.at_once
                goes_on = done.has_more and self._clock() < end
                await self._save(reading, done, goes_on=goes_on)
                following = await self._load(reading, done.position) if goes_on else None
                if following is None:
                    return
                load = following

    async def _round(
        self, reading: Reading, load: Load, line: Line, end: datetime, at_once: int
    ) -> _Round:
        now = self._clock()
        health = Health(load.subscription.status, load.endpoint, load.recent, at_once=at_once)
        keys = {key.aggregate: key for key in (*load.waiting, *load.keys)}
        for key in keys.values():
            key.drop_before(load.oldest_position, now)

        async def send(entry: LogEntry) -> Result:
            body = self._show(load.subscription.selection, entry, load.names)
            return await line.send(Message(entry.event_id, body), self._clock())

        lanes = Lanes(health, send, keys, self._clock, self._chance, end)
        done = _Round(load, health, lanes, reading.position)
        if health.may_probe:
            await self._probe(done)
        else:
            await lanes.retry(_due(load, now))
            await self._send_new(done)
            await self._send_again(done)
        health.tell_the_time(self._clock())
        return done

    async def _probe(self, done: _Round) -> None:
        load = done.load
        entry = next((load.held[key.head] for key in load.keys if _is_held(load, key)), None)
        if entry:
            await done.lanes.probe(entry)
        elif load.page.entries:
            first = load.page.entries[0]
            if await done.lanes.probe(first):
                done.position = first.position
        else:
            done.position = load.page.upto

    async def _send_new(self, done: _Round) -> None:
        page = done.load.page
        sent = await done.lanes.go_on(page.entries)
        if len(sent) == len(page.entries):
            done.position = page.upto
        else:
            done.position = max(sent, default=done.position)

    async def _send_again(self, done: _Round) -> None:
        wanted = done.load.replayed
        done.replayed = await done.lanes.replay(wanted)
        done.is_replay_over = done.health.may_send and not wanted

    async def _save(self, reading: Reading, done: _Round, *, goes_on: bool) -> None:
        async with self._units([reading.tenant_id]) as work:
            subscription = done.load.subscription
            await work.deliveries.record(subscription, done.lanes.attempts)
            changed = [key for key in done.lanes.keys.values() if key.is_changed]
            await work.deliveries.save_keys(subscription, changed)
            is_replaying = await self._save_replay(work, done)
            await self._save_health(work, done)
            if goes_on:
                await work.readings.advance(reading, done.position)
                return
            due = [
                await work.deliveries.next_attempt_at(subscription) if done.lanes.keys else None,
                done.health.look_again_at,
                self._clock() if is_replaying else None,
            ]
            await work.readings.release(
                reading,
                done.position,
                due_at=min((each for each in due if each), default=None),
                resting_until=done.health.resting_until,
            )

    async def _save_replay(self, work: UnitOfWork, done: _Round) -> bool:
        replay = done.load.replay
        if replay is None:
            return False
        replay.advance(done.replayed, is_last=done.is_replay_over)
        await work.deliveries.save_replay(done.load.subscription, replay)
        return replay.status is ReplayStatus.RUNNING

    async def _save_health(self, work: UnitOfWork, done: _Round) -> None:
        """What the tenant has changed meanwhile stays."""
        health, before = done.health, done.load
        if health.endpoint == before.endpoint and health.status is before.subscription.status:
            return
        subscription = await work.subscriptions.lock(before.subscription.subscription_id)
        endpoint = await work.endpoints.get(subscription) if subscription else None
        if subscription is None or endpoint is None or endpoint.url != before.endpoint.url:
            return
        await work.endpoints.put(subscription, health.endpoint)
        if subscription.status is not before.subscription.status:
            return
        if health.status is not subscription.status:
            reason = _REASONS.get(health.status)
            subscription = subscription.turned(health.status, self._clock(), reason)
        elif health.happened:
            subscription = subscription.told()
        else:
            return
        await work.subscriptions.save(subscription)
        for each in health.happened:
            tell = endpoint_paused if each is Happened.PAUSED else endpoint_failing
            work.publish(tell(subscription, health.endpoint))


def _is_held(load: Load, key: FailingKey) -> bool:
    return not key.is_empty and key.head in load.held


def _due(load: Load, now: datetime) -> list[tuple[FailingKey, Sequence[LogEntry]]]:
    return [
        (key, [load.held[each] for each in key.positions if each in load.held])
        for key in load.keys
        if key.next_attempt_at <= now and _is_held(load, key)
    ]
