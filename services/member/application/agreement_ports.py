"""What the use cases of cooperation agreements need from the outside."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.agreement import Agreement, Declaration


class Agreements(Protocol):
    """The cooperation agreements that a party, or the cooperative, can see."""

    async def add(self, agreement: Agreement) -> None:
        """Keep a new agreement."""

    async def add_revision(self, agreement: Agreement, now: datetime) -> None:
        """Keep the text that waits to be signed."""

    async def get(self, agreement_id: UUID) -> Agreement | None:
        """An agreement as it is now, without a lock."""

    async def of_party(self, tenant_id: UUID) -> Sequence[Agreement]:
        """The agreements that are not over and that name a tenant as a party, proposed ones too."""

    async def lock(self, agreement_id: UUID) -> Agreement | None:
        """An agreement that nobody else changes; for whoever acts for its proposer."""

    async def save(self, agreement: Agreement) -> None:
        """Keep what became of a locked agreement."""

    async def declarations(self, agreement_id: UUID) -> Sequence[Declaration]:
        """What its parties declared, in that order."""

    async def declare(self, agreement: Agreement, declaration: Declaration) -> None:
        """Keep a party's word; a second decision about the same revision changes nothing."""


class AgreementUnit(UnitOfWork, Protocol):
    """One transaction that concerns agreements."""

    @property
    def agreements(self) -> Agreements:
        """The cooperation agreements."""


#: Opens a unit of work that acts for some tenants; for work that takes several transactions.
OpenAgreementUnit = Callable[[Collection[UUID]], AbstractAsyncContextManager[AgreementUnit]]
