"""How a service declares the topics it owns."""

from dataclasses import dataclass

DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic owned by one service, its only writer. A compacted topic keeps the last record of a key."""

    name: str
    partitions: int = 6
    compacted: bool = False
    retention_hours: int = 7 * DAY_HOURS
