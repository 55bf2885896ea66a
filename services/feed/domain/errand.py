"""What is sent to an endpoint because its tenant asks for it, and stands in no log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ErrandKind(StrEnum):
    """What is sent."""

    VERIFICATION = "verification"
    TEST = "test"

    @property
    def event_type(self) -> str:
        """The type of the event that the endpoint gets."""
        return f"endpoint.{self}.v1"


@dataclass(frozen=True, slots=True)
class Errand:
    """An event to be sent once, under its own id."""

    tenant_id: UUID
    subscription_id: UUID
    errand_id: UUID
    kind: ErrandKind
    created_at: datetime
