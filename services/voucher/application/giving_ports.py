"""What allocations, requests and reminders need from the outside."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.voucher.application.code_ports import CodeSheets
from services.voucher.application.ports import UnitOfWork
from services.voucher.application.queries import Queries
from services.voucher.domain.allocation import Allocation
from services.voucher.domain.ledger import Pool
from services.voucher.domain.voucher import Voucher
from services.voucher.domain.voucher_request import Status, VoucherRequest

#: An allocation with what is in it.
Given = tuple[Allocation, Pool]


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """A person's account as announced; None for a person who is erased."""

    tenant_id: UUID
    person_id: UUID
    account: str | None
    sequence: int


class Accounts(Protocol):
    """The copy of whose account is whose."""

    async def person_of(self, tenant_id: UUID, account: str) -> UUID | None:
        """The person behind an account, if the tenant has told."""

    async def learn(self, accounts: Sequence[LinkedAccount]) -> None:
        """Keep whose account is whose; what is older than what is kept changes nothing."""


class Allocations(Protocol):
    """Allocations; a beneficiary sees those that it was given. Whoever changes one holds the programme's lock."""

    async def get(self, allocation_id: UUID) -> Allocation | None:
        """An allocation as it is now."""

    async def save(self, allocation: Allocation) -> None:
        """Keep a new or changed allocation. Raises AllocationExistsError."""

    async def of_programme(self, programme_id: UUID, limit: int, offset: int) -> Sequence[Given]:
        """A programme's allocations, the newest first, with what is in them."""

    async def given_to(self, beneficiary_id: UUID, limit: int, offset: int) -> Sequence[Given]:
        """What a tenant was given, the newest first, with what is in it."""

    async def due(self, now: datetime, limit: int) -> Sequence[Allocation]:
        """Allocations of open programmes whose time is over, or that have ended and got something back."""


class Requests(Protocol):
    """Requests of the tenants that the unit of work acts for."""

    async def get(self, request_id: UUID) -> VoucherRequest | None:
        """A request as it is now."""

    async def lock(self, request_id: UUID) -> VoucherRequest | None:
        """A request that nobody else changes meanwhile."""

    async def some(
        self, status: Status | None, seen_by: UUID | None, limit: int, offset: int
    ) -> Sequence[VoucherRequest]:
        """Requests, newest first: all, or those that a person made or is the leader of."""

    async def due(self, now: datetime, limit: int) -> Sequence[VoucherRequest]:
        """Open requests that nobody decided in time, locked; those that somebody decides right now are left out."""

    async def forget_words(self, person_ids: Collection[UUID]) -> None:
        """Keep nothing of what was written about people in their requests."""

    async def save(self, request: VoucherRequest) -> None:
        """Keep a new or changed request. Raises RequestOpenError."""


class Reminders(Protocol):
    """Vouchers of whose end somebody has to hear."""

    async def due(self, now: datetime, limit: int) -> Sequence[Voucher]:
        """Held vouchers that end soon and of which nobody was reminded."""

    async def keep(self, vouchers: Collection[Voucher]) -> None:
        """These were told of."""


class GivingUnit(UnitOfWork, Protocol):
    """One transaction that gives units out."""

    @property
    def queries(self) -> Queries:
        """Reading."""

    @property
    def accounts(self) -> Accounts:
        """Whose account is whose."""

    @property
    def allocations(self) -> Allocations:
        """The allocations."""

    @property
    def requests(self) -> Requests:
        """The requests."""

    @property
    def code_sheets(self) -> CodeSheets:
        """Sheets of codes."""

    @property
    def reminders(self) -> Reminders:
        """Vouchers of whose end somebody has to hear."""
