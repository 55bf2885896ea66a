"""A job family: people whose work asks for the same competences."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(slots=True)
class JobFamily:
    """A job family by the tenant's own `key`."""

    tenant_id: UUID
    job_family_id: UUID
    key: str
    name: str
