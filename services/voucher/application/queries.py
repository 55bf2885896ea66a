"""What can be read of programmes and vouchers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.voucher.domain.forecast import Forecast, Usage, forecast
from services.voucher.domain.programme import Programme
from services.voucher.domain.simulation import Audience
from services.voucher.domain.terms import Terms
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
class DayUse:
    """What moved on a day (UTC), in vouchers: taken for bookings, used, and given back or lapsed."""

    day: date
    reserved: int
    redeemed: int
    returned: int


@dataclass(frozen=True, slots=True)
class ProgrammeUse:
    """A programme as those see it who run the platform: how much is used, how fast, and why claims were refused."""

    programme_id: UUID
    funder_id: UUID
    name: str
    opens_at: datetime
    closes_at: datetime
    is_closed: bool
    unit: str
    granted: int
    reserved: int
    redeemed: int
    available: int
    refusals: Mapping[str, int]
    days: Sequence[DayUse]

    def forecast(self, now: datetime) -> Forecast:
        """What becomes of its units."""
        net = {each.day: each.reserved - each.returned for each in self.days}
        usage = Usage(self.opens_at, self.closes_at, self.is_closed, self.available, net)
        return forecast(usage, now)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A transfer as the funder reads it."""

    entry: int
    pool_id: UUID
    kind: str
    debit: str
    credit: str
    units: int
    at: datetime
    voucher_id: UUID | None
    beneficiary_id: UUID | None
    reverses: int | None
    cause_id: UUID | None
    reason: str | None
    hash: bytes


class Queries(Protocol):
    """Reading, within the tenants that the transaction acts for."""

    async def programmes(self, limit: int, offset: int) -> Sequence[Programme]:
        """The caller's own programmes, newest first."""

    async def funders_of(self, programme_ids: Collection[UUID]) -> Collection[UUID]:
        """Who funds these programmes, or without any, those that are open or will be."""

    async def audiences(self, roles: Collection[str]) -> Sequence[Audience]:
        """Every organisation with the number of its people who have one of these roles; for simulations."""

    async def terms(self, programme_id: UUID) -> Terms | None:
        """Any programme's terms, which are public."""

    async def use_by_tenant(self, programme_id: UUID) -> Sequence[TenantUse]:
        """Claims on a programme by tenant, for its funder."""

    async def programme_uses(
        self, since: datetime, programme_id: UUID | None, limit: int, offset: int
    ) -> Sequence[ProgrammeUse]:
        """Every programme, or one, the newest first, with its days since then; for the cooperative."""

    async def ledger(self, programme_id: UUID, after: int, limit: int) -> Sequence[LedgerLine]:
        """Transfers of a programme in their order, for its funder."""

    async def vouchers(self, booking_id: UUID | None, limit: int, offset: int) -> Sequence[Voucher]:
        """The caller's vouchers, newest first."""
