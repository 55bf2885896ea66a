"""What can be read of tenants and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.member.domain.agreement import Agreement
from services.member.domain.agreement import Status as AgreementStatus
from services.member.domain.agreement_terms import Terms
from services.member.domain.membership import Standing
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


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A member in the register as of a day."""

    tenant_id: UUID
    member_number: int
    standing: Standing


class Register(Protocol):
    """Reading the register of members, for the cooperative."""

    async def lines(self, on: date, limit: int, offset: int) -> Sequence[RegisterLine]:
        """Everybody who was a member by a day, by number; who has left has no share any more."""

    async def votes(self, on: date) -> int:
        """How many votes a general meeting has on a day: one a member."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A text that was proposed."""

    revision: int
    proposed_at: datetime
    terms: Terms


class AgreementQueries(Protocol):
    """Reading agreements, within the tenants that the transaction acts for."""

    async def agreements(
        self, status: AgreementStatus | None, limit: int, offset: int
    ) -> Sequence[Agreement]:
        """Those that one acts for a party of, or all as the cooperative; the newest first."""

    async def revisions(self, agreement_id: UUID) -> Sequence[Revision]:
        """Every text that was proposed, the first first."""
