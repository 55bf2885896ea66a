"""A webhook's endpoint: when it is delivered to, left alone, and given up.

unverified becomes active; active and cooling alternate; paused_auto, paused_by_tenant and gone end it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from typing import Self

from services.feed.domain.attempt import Result, Trigger
from services.feed.domain.breaker import Recent, pause_before_probe
from services.feed.domain.subscription import Status
from services.feed.domain.webhook_errors import CodeWrongError

ANNOUNCED_AFTER = timedelta(hours=24)
PAUSED_AFTER = timedelta(hours=72)
#: How long the log keeps an event.
KEPT = timedelta(days=30)
#: The most that is under way to one endpoint; it begins with one, and doubles with each success.
MOST_AT_ONCE = 8
#: A success is noted again after so long.
_NEWS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events of a subscription go, and how it has been doing."""

    url: str
    verified_at: datetime | None = None
    code_hash: bytes | None = None
    failing_since: datetime | None = None
    last_success_at: datetime | None = None
    announced_at: datetime | None = None
    #: How often in a row it was found unwell and left alone.
    tripped: int = 0

    def expecting(self, code: str) -> Self:
        """A code is sent to it; only its hash is kept."""
        return replace(self, code_hash=_hash(code))

    def verified(self, code: str, now: datetime) -> Self:
        """Whoever knows the code receives what is sent here. Raises CodeWrongError."""
        if self.code_hash is None or not compare_digest(self.code_hash, _hash(code)):
            raise CodeWrongError
        return replace(self.begun_anew(), code_hash=None, verified_at=now)

    def begun_anew(self) -> Self:
        """What went wrong before does not count any more."""
        return replace(self, failing_since=None, announced_at=None, tripped=0)

    @property
    def pauses_at(self) -> datetime | None:
        """When it is given up unless something arrives."""
        return self.failing_since and self.failing_since + PAUSED_AFTER

    @property
    def oldest_event_expires_at(self) -> datetime | None:
        """From when on events are lost that could not be delivered."""
        return self.failing_since and self.failing_since + KEPT


class Happened(StrEnum):
    """What the tenant is told of."""

    FAILING = "failing"
    PAUSED = "paused"


@dataclass(slots=True)
class Health:
    """An endpoint while it is delivered to: takes each result, and says whether to go on."""

    status: Status
    endpoint: Endpoint
    recent: Recent
    #: Nothing is sent before; set when it is left alone.
    resting_until: datetime | None = None
    at_once: int = 1
    happened: list[Happened] = field(default_factory=list)

    @property
    def may_send(self) -> bool:
        """Whether events may be sent as usual."""
        return self.status is Status.ACTIVE

    @property
    def may_probe(self) -> bool:
        """Whether one event may be sent to see if it is well again."""
        return self.status is Status.COOLING and self.resting_until is None

    def note(self, result: Result, trigger: Trigger, now: datetime) -> None:
        """Take what came of one attempt."""
        if result.is_success:
            self._succeeded(now)
        elif result.is_gone:
            self.status = Status.GONE
        else:
            self._failed(trigger, now)

    def tell_the_time(self, now: datetime) -> None:
        """Announce and pause what has had no success for too long."""
        since = self.endpoint.failing_since
        if since is None or self.status not in {Status.ACTIVE, Status.COOLING}:
            return
        if now >= since + PAUSED_AFTER:
            self.status, self.resting_until = Status.PAUSED_AUTO, None
            self.happened.append(Happened.PAUSED)
        elif now >= since + ANNOUNCED_AFTER and self.endpoint.announced_at is None:
            self.endpoint = replace(self.endpoint, announced_at=now)
            self.happened.append(Happened.FAILING)

    @property
    def look_again_at(self) -> datetime | None:
        """When the time alone changes something."""
        since = self.endpoint.failing_since
        if since is None or self.status not in {Status.ACTIVE, Status.COOLING}:
            return None
        return since + (PAUSED_AFTER if self.endpoint.announced_at else ANNOUNCED_AFTER)

    def _succeeded(self, now: datetime) -> None:
        last = self.endpoint.last_success_at
        if last is None or now - last >= _NEWS or self.endpoint.failing_since:
            self.endpoint = replace(self.endpoint.begun_anew(), last_success_at=now)
        self.at_once = min(2 * self.at_once, MOST_AT_ONCE)
        if self.status is Status.COOLING:
            self.status, self.resting_until, self.recent = Status.ACTIVE, None, Recent()
        self.recent.count(success=True)

    def _failed(self, trigger: Trigger, now: datetime) -> None:
        self.at_once = 1
        self.recent.count(success=False)
        self.endpoint = replace(self.endpoint, failing_since=self.endpoint.failing_since or now)
        if trigger is Trigger.PROBE or (self.may_send and self.recent.is_too_much):
            tripped = self.endpoint.tripped + 1
            self.endpoint = replace(self.endpoint, tripped=tripped)
            self.status = Status.COOLING
            self.resting_until = now + pause_before_probe(tripped)


def _hash(code: str) -> bytes:
    return sha256(code.encode()).digest()
