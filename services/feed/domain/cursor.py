"""A reader's place in the log of its tenant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to and including `position` has been read, in this epoch, by this filter."""

    epoch: int
    position: int
    filter: str
