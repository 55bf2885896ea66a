"""The places of a date. Never more are taken than there are."""

from dataclasses import dataclass
from uuid import UUID

from services.catalogue.domain.errors import DateFullError


@dataclass(slots=True)
class Seats:
    """The places of one date of the provider `tenant_id`. Whoever changes them holds their lock."""

    tenant_id: UUID
    offer_id: UUID
    capacity: int
    taken: int = 0
    version: int = 0

    @property
    def free(self) -> int:
        """How many places nobody has."""
        return self.capacity - self.taken

    def take(self) -> None:
        """Give somebody a place. Raises DateFullError; ask `free` first."""
        if not self.free:
            raise DateFullError(f"All {self.capacity} places are taken. Wait until one is free.")
        self.taken += 1
        self.version += 1

    def give_back(self) -> None:
        """Somebody gave up a place."""
        assert self.taken, "only a place that was taken comes back"
        self.taken -= 1
        self.version += 1
