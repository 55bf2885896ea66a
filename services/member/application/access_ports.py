"""What is kept of accounts, machine clients and operators, for adapters to provide and fakes to stand in for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.member.domain.audit import Entry
from services.member.domain.machine_client import Check, MachineClient
from services.member.domain.operator_access import OperatorAccess


@dataclass(slots=True)
class AccountCheck:
    """The account of a person, who may be gone by now, is to be looked at."""

    tenant_id: UUID
    person_id: UUID
    subject: str
    check: Check


class AccountChecks(Protocol):
    """The people whose account's roles are to be written."""

    async def lock(self, person_id: UUID) -> AccountCheck | None:
        """What is due for a person, locked until the unit of work ends; None when nothing is."""

    async def save(self, account: AccountCheck) -> None:
        """Keep what became of it; what is due at no time is forgotten."""


class MachineClients(Protocol):
    """The machine clients of the tenants that the unit of work acts for."""

    async def lock(self, client_id: UUID) -> MachineClient | None:
        """A client that nobody else changes until the unit of work ends."""

    async def lock_open(self, tenant_id: UUID) -> Sequence[MachineClient]:
        """All of a tenant's that are not revoked."""

    async def count_open(self, tenant_id: UUID) -> int:
        """How many of a tenant's are not revoked. Whoever adds one holds the tenant's lock."""

    async def save(self, client: MachineClient) -> None:
        """Keep a new or a locked client."""


class OperatorAccesses(Protocol):
    """Operators' accesses to the tenants that the unit of work acts for."""

    async def lock(self, access_id: UUID) -> OperatorAccess | None:
        """An access that nobody else ends until the unit of work does."""

    async def save(self, access: OperatorAccess) -> None:
        """Keep a new or a locked access."""


class Audit(Protocol):
    """What is written down for a tenant, and never changed."""

    async def add(self, *entries: Entry) -> None:
        """Write entries down."""
