"""What can be read of tenants and people."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from services.member.domain.person import Person
from services.member.domain.record import PersonRecord
from services.member.domain.tenant import Status, Tenant


class Queries(Protocol):
    """Reading, within the tenants that the transaction acts for."""

    async def applications(
        self, status: Status | None, limit: int, offset: int
    ) -> Sequence[Tenant]:
        """All tenants, for the operator; the oldest application first."""

    async def people(self, limit: int, offset: int) -> Sequence[Person]:
        """The caller's people, by external id."""

    async def records(self, person_id: UUID) -> Sequence[PersonRecord]:
        """What one of the caller's people completed, newest first."""
