"""What became of a use: a line for each credential that was issued for it, or revoked. Lines are only ever added."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Finding(StrEnum):
    """What a credential's issuer told."""

    ISSUED = "issued"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A credential for the use of a voucher, as the event `event_id` told of it."""

    programme_id: UUID
    funder_id: UUID
    voucher_id: UUID
    credential_id: UUID
    finding: Finding
    at: datetime
    event_id: UUID
