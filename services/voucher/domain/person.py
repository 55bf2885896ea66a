"""What this service needs to know of people; member owns them."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the tenant employs, or employed; the id is opaque."""

    tenant_id: UUID
    person_id: UUID
    roles: frozenset[str] = frozenset()
    is_there: bool = True

    def works_for(self, tenant_id: UUID) -> bool:
        """Whether the tenant employs the person now."""
        return self.is_there and self.tenant_id == tenant_id
