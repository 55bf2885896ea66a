"""How far what a subscription gets has come in its tenant's log, and who is at it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.feed.domain.subscription import Selection, Way

#: A dead worker's readings are another's after at most so long.
LEASE = timedelta(seconds=30)

#: Tenant and subscription.
ReadingKey = tuple[UUID, UUID]


class LeaseLostError(Exception):
    """Another worker has the reading, or it is gone: whatever was done with it must not be counted."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that `holder` may go on with, from after `position` up to `until`."""

    tenant_id: UUID
    subscription_id: UUID
    way: Way
    #: The last position that is done with.
    position: int
    #: The last position that was there, and within the day's quota, when it was claimed.
    until: int
    #: Something other than new events was to be looked at by then.
    due_at: datetime | None
    holder: UUID
    selection: Selection
    #: Whether the tenant's own people are named at delivery.
    shows_names: bool = False

    @property
    def key(self) -> ReadingKey:
        """What names it."""
        return self.tenant_id, self.subscription_id
