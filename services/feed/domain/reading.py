"""How far what a subscription gets has come in its tenant's log, and who is at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

#: A dead worker's readings are another's after at most so long.
LEASE = timedelta(seconds=30)

#: Tenant and subscription.
ReadingKey = tuple[UUID, UUID]


class Way(StrEnum):
    """Where the events of a reading go."""

    WEBHOOK = "webhook"
    KAFKA = "kafka"
    #: Into the tenant's state, from which snapshots are made; it belongs to no subscription.
    STATE = "state"


class LeaseLostError(Exception):
    """Another worker has the reading, or it is gone: whatever was done with it must not be counted."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that `holder` may go on with, from after `position` up to `until`."""

    tenant_id: UUID
    #: The tenant itself where the way is the state.
    subscription_id: UUID
    way: Way
    #: The last position that is done with.
    position: int
    #: The last position that was there, and within the day's quota, when it was claimed.
    until: int
    #: Something other than new events was to be looked at by then.
    due_at: datetime | None
    holder: UUID
    #: None stands for all.
    types: Sequence[str] | None = None
    #: By type, the fields of the data that are shown; a type that is missing shows all.
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    named_people: bool = False

    @property
    def key(self) -> ReadingKey:
        """What names it."""
        return self.tenant_id, self.subscription_id
