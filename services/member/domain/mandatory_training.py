"""Training that a tenant's people must have passed, and whether somebody has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.member.domain.record import Completion


@dataclass(slots=True)
class MandatoryTraining:
    """A training by its offer, or by its name where several offers have it.

    With `valid_days` it has to be passed again; without, once is enough.
    """

    tenant_id: UUID
    training_id: UUID
    name: str
    added_at: datetime
    offer_id: UUID | None = None
    valid_days: int | None = None
    dropped_at: datetime | None = None

    def drop(self, now: datetime) -> None:
        """It is not mandatory any more. Repeating it keeps the first time."""
        self.dropped_at = self.dropped_at or now

    def is_passed(self, completions: Iterable[Completion], now: datetime) -> bool:
        """Passed or not passed: all that a leader is told."""
        return any(self._counts(completion, now) for completion in completions)

    def _counts(self, completion: Completion, now: datetime) -> bool:
        if self.offer_id:
            is_it = completion.offer_id == self.offer_id
        else:
            is_it = completion.title.strip().casefold() == self.name.casefold()
        if not is_it or self.valid_days is None:
            return is_it
        return now < completion.completed_at + timedelta(days=self.valid_days)
