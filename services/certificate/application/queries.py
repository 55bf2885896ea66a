"""What can be read of awards and credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.certificate.domain.award import Award, AwardState, Waiting


@dataclass(frozen=True, slots=True)
class AwardProgress:
    """An award, and what it still waits for."""

    award: Award
    waiting_for: frozenset[Waiting]


class Queries(Protocol):
    """Reading, within the tenants that the transaction acts for."""

    async def credentials(
        self, person_id: UUID | None, booking_id: UUID | None, limit: int, offset: int
    ) -> Sequence[Award]:
        """The awards that became credentials, newest first."""

    async def credential(self, credential_id: UUID) -> Award | None:
        """The award that became this credential."""

    async def awards(
        self, state: AwardState | None, limit: int, offset: int
    ) -> Sequence[AwardProgress]:
        """Awards, newest first."""
