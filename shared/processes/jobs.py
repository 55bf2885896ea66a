"""Work that a worker repeats by the clock."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Job:
    """A named piece of work, and how long to wait between two runs of it."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[None]]
