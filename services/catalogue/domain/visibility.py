"""For whom something is published."""

from enum import StrEnum


class Visibility(StrEnum):
    """`own`: the tenant alone. `cooperative`: every tenant of the platform."""

    OWN = "own"
    COOPERATIVE = "cooperative"
