"""The one place where the wall clock is read; rules get `now` as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current time, in UTC and aware of it."""
    return datetime.now(UTC)
