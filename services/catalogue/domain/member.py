"""What this service needs to know of tenants and people; member owns them."""

from dataclasses import dataclass
from uuid import UUID

#: Tenants with such a status do nothing new, and nothing new is booked with them.
BARRED = frozenset({"suspended", "left"})


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant, what it is called, and whether it is active, suspended, leaving or has left."""

    tenant_id: UUID
    name: str
    status: str = "active"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the tenant employs, or employed; the id is opaque."""

    tenant_id: UUID
    person_id: UUID
    is_there: bool = True
