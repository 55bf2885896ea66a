"""An operator's access to a tenant: with a reason, for a time, and ended by either side."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.access_errors import AccessTooLongError

LONGEST = timedelta(hours=8)


class EndedBy(StrEnum):
    """Who ended an access before its time."""

    COOPERATIVE = "cooperative"
    TENANT = "tenant"


@dataclass(slots=True)
class OperatorAccess:
    """An access. It runs until `until`, which moves to the moment at which somebody ends it."""

    tenant_id: UUID
    access_id: UUID
    operator: str
    reason: str
    may_change: bool
    granted_at: datetime
    until: datetime
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    version: int = 1

    @classmethod
    def grant(
        cls,
        tenant_id: UUID,
        access_id: UUID,
        *,
        operator: str,
        reason: str,
        may_change: bool,
        now: datetime,
        duration: timedelta,
    ) -> Self:
        """A new access. Raises AccessTooLongError."""
        if not timedelta() < duration <= LONGEST:
            raise AccessTooLongError
        return cls(tenant_id, access_id, operator, reason, may_change, now, now + duration)

    def runs(self, now: datetime) -> bool:
        """Whether the operator may come in now."""
        return now < self.until

    def end(self, by: EndedBy, now: datetime) -> bool:
        """End it now; what is over already stays as it was. Returns whether this ended it."""
        if not self.runs(now):
            return False
        self.until, self.ended_at, self.ended_by = now, now, by
        self.version += 1
        return True
