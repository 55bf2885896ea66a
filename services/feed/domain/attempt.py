"""Sending one event to an endpoint, once: why, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

_OK, _GONE, _TOO_MANY = 200, 410, 429
TIMEOUT = "timeout"


class Trigger(StrEnum):
    """Why it was sent: for the first time, again, to see whether a cooling endpoint is well, or because somebody asked."""

    SCHEDULED = "scheduled"
    RETRY = "retry"
    PROBE = "probe"
    TEST = "test"
    REPLAY = "replay"


class Outcome(StrEnum):
    """What came of it. After `exhausted` the event is not sent again of itself."""

    DELIVERED = "delivered"
    FAILED = "failed"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Result:
    """How the endpoint answered, or why it did not: one of `status` and `trouble` is there."""

    milliseconds: int
    status: int | None = None
    trouble: str | None = None
    retry_after: timedelta | None = None
    answer_start: bytes = b""

    @property
    def is_success(self) -> bool:
        """2xx, whatever the body says."""
        return self.status is not None and _OK <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """The endpoint wants no more, ever."""
        return self.status == _GONE

    @property
    def wants_time(self) -> bool:
        """It was too much or took too long: asking again at once would make it worse."""
        return self.status == _TOO_MANY or self.trouble == TIMEOUT

    @property
    def error_class(self) -> str | None:
        """A stable word for what went wrong; None for a success."""
        if self.is_success or self.status is None:
            return self.trouble
        if self.status in {_GONE, _TOO_MANY}:
            return {_GONE: "gone", _TOO_MANY: "throttled"}[self.status]
        return {3: "redirect", 4: "rejected", 5: "failed"}.get(self.status // 100, "status")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of one event. `position` is None for what is in no log, `number` counts the event's own."""

    event_id: UUID
    position: int | None
    aggregate: str
    type: str
    number: int
    trigger: Trigger
    at: datetime
    outcome: Outcome
    result: Result
