"""What the feed knows of a tenant."""

from dataclasses import dataclass
from uuid import UUID

LEFT = "left"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as member tells of it."""

    tenant_id: UUID
    name: str
    kind: str
    status: str
