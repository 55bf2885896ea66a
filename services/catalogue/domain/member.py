"""What this service needs to know of tenants and people; member owns them."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tenant:
    """An active tenant and what it is called."""

    tenant_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the tenant employs; the id is opaque."""

    tenant_id: UUID
    person_id: UUID
