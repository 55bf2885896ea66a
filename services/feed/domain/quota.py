"""How much of the feed a tenant may use."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Quota:
    """Events that can be read a day (UTC), and subscriptions. What is beyond the first waits for the next day."""

    tenant_id: UUID
    events_per_day: int
    subscriptions: int
