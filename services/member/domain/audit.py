"""What is written down for a tenant to read later, and never changed: who did what to its rights."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Action(StrEnum):
    """What was done."""

    ACCESS_GRANTED = "operator_access.granted"
    ACCESS_ENDED = "operator_access.ended"
    ACCOUNT_LINKED = "account.linked"
    CLIENT_REQUESTED = "machine_client.requested"
    CLIENT_SECRET_SHOWN = "machine_client.secret_shown"  # noqa: S105  # the name of an action
    CLIENT_ROTATED = "machine_client.rotated"
    CLIENT_REVOKED = "machine_client.revoked"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tenant's audit log. `actor` is a token's subject, `subject` the id of what it was done to."""

    tenant_id: UUID
    at: datetime
    actor: str
    action: Action
    subject: str
    detail: str = ""
