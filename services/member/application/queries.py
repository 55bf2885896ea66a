"""What can be read of tenants and people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.member.domain.agreement import Agreement
from services.member.domain.agreement import Status as AgreementStatus
from services.member.domain.agreement_terms import Terms
from services.member.domain.membership import Standing
from services.member.domain.onboarding import Process
from services.member.domain.organisation import Kind
from services.member.domain.person import Person
from services.member.domain.record import PersonRecord
from services.member.domain.tenant import Status, Tenant


class Order(StrEnum):
    """In which order tenants are listed."""

    APPLIED_AT = "applied_at"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class TenantSearch:
    """Which tenants are meant; None stands for any.

    `words` are part of the name, the beginning of the official key, or the tenant's id.
    """

    status: Status | None = None
    kind: Kind | None = None
    state: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A tenant, and how far it is on its way in or out; there is no process before it is approved."""

    tenant: Tenant
    process: Process | None


class Queries(Protocol):
    """Reading, within the tenants that the transaction acts for."""

    async def applications(
        self, search: TenantSearch, order: Order, limit: int, offset: int
    ) -> Sequence[Tenant]:
        """All tenants, for the operator."""

    async def count_applications(self, search: TenantSearch) -> Mapping[Status, int]:
        """How many tenants of each status there are, for the operator; none is left out."""

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
