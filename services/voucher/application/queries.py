"""What can be read of programmes and vouchers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.voucher.domain.programme import Programme, Terms
from services.voucher.domain.voucher import Voucher


@dataclass(frozen=True, slots=True)
class TenantUse:
    """What became of one tenant's claims on a programme, in vouchers."""

    tenant_id: UUID
    reserved: int
    redeemed: int
    released: int
    expired: int
    refused: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A transfer as the funder reads it."""

    transfer_id: int
    debit: str
    credit: str
    units: int
    at: datetime
    voucher_id: UUID | None
    beneficiary_id: UUID | None


class Queries(Protocol):
    """Reading, within the tenants that the transaction acts for."""

    async def programmes(self, limit: int, offset: int) -> Sequence[Programme]:
        """The caller's own programmes, newest first."""

    async def terms(self, programme_id: UUID) -> Terms | None:
        """Any programme's terms, which are public."""

    async def use_by_tenant(self, programme_id: UUID) -> Sequence[TenantUse]:
        """Claims on a programme by tenant, for its funder."""

    async def ledger(self, programme_id: UUID, after: int, limit: int) -> Sequence[LedgerLine]:
        """Transfers of a programme in their order, for its funder."""

    async def vouchers(self, booking_id: UUID | None, limit: int, offset: int) -> Sequence[Voucher]:
        """The caller's vouchers, newest first."""
