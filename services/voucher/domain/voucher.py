"""One claim on a pool, made for a person or for one booking, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID, uuid5

from services.voucher.domain.eligibility import Item, Refusal
from services.voucher.domain.errors import InvalidSettlementError
from services.voucher.domain.ledger import UNTOLD, About, Kind, Why
from services.voucher.domain.programme import Programme

_VOUCHERS = UUID("8f1f6c52-7c55-4a5f-9d3c-0b6f5d1c2a10")


class Status(StrEnum):
    """The states of a voucher. `assigned` and `reserved` hold units; the others are final.

    But an expired or released voucher may be redeemed late, and a redeemed one reversed, with a reason.
    """

    ASSIGNED = "assigned"
    RESERVED = "reserved"
    REFUSED = "refused"
    REDEEMED = "redeemed"
    RELEASED = "released"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    #: Was redeemed, and all of it was taken back.
    REVERSED = "reversed"


#: Statuses in which units of the pool are held.
HELD = frozenset({Status.ASSIGNED, Status.RESERVED})
#: Statuses that count against the limits of a person.
USING = HELD | {Status.REDEEMED}
#: Statuses in which a use comes late.
LATE = frozenset({Status.EXPIRED, Status.RELEASED})


def voucher_id_for(booking_id: UUID) -> UUID:
    """A booking has one voucher, whoever asks and how often: the id follows from the booking's."""
    return uuid5(_VOUCHERS, booking_id.bytes.hex())


@dataclass(slots=True)
class Voucher:
    """A claim of the tenant `tenant_id` for one of its people, on a programme of `funder_id`.

    `units` were taken from the pool `pool_id`; of them `redeemed_units` were used, and of those `reversed_units`
    taken back again. `redeemed_entry` is the redemption's number in the programme's ledger.
    """

    tenant_id: UUID
    voucher_id: UUID
    booking_id: UUID | None
    person_id: UUID
    status: Status
    created_at: datetime
    programme_id: UUID | None = None
    funder_id: UUID | None = None
    pool_id: UUID | None = None
    item: Item | None = None
    provider_id: UUID | None = None
    units: int = 0
    redeemed_units: int = 0
    reversed_units: int = 0
    redeemed_entry: int | None = None
    is_late: bool = False
    expires_at: datetime | None = None
    redeemed_at: datetime | None = None
    completed_at: datetime | None = None
    refusal: Refusal | None = None
    version: int = 1

    @classmethod
    def assigned(
        cls,
        tenant_id: UUID,
        voucher_id: UUID,
        person_id: UUID,
        programme: Programme,
        units: int,
        now: datetime,
        why: Why = UNTOLD,
    ) -> Self:
        """Take a voucher out of a pool for a person, who has booked nothing yet."""
        voucher = cls(
            tenant_id,
            voucher_id,
            None,
            person_id,
            Status.ASSIGNED,
            now,
            programme.programme_id,
            programme.tenant_id,
            expires_at=now + programme.terms.assignment,
        )
        voucher._take(programme, units, now, why)
        return voucher

    @classmethod
    def reserved(
        cls,
        tenant_id: UUID,
        booking_id: UUID,
        person_id: UUID,
        programme: Programme,
        now: datetime,
        item: Item | None = None,
        units: int = 1,
        why: Why = UNTOLD,
        *,
        provider_id: UUID | None = None,
    ) -> Self:
        """Take a voucher out of a pool for a booking."""
        voucher = cls(
            tenant_id,
            voucher_id_for(booking_id),
            booking_id,
            person_id,
            Status.RESERVED,
            now,
            programme.programme_id,
            programme.tenant_id,
            item=item,
            provider_id=provider_id,
            expires_at=now + programme.terms.reservation,
        )
        voucher._take(programme, units, now, why)
        return voucher

    @classmethod
    def refused(
        cls,
        tenant_id: UUID,
        booking_id: UUID,
        person_id: UUID,
        programme: Programme | None,
        refusal: Refusal,
        now: datetime,
        item: Item | None = None,
    ) -> Self:
        """Remember a no, so that it is answered once and can be counted."""
        return cls(
            tenant_id,
            voucher_id_for(booking_id),
            booking_id,
            person_id,
            Status.REFUSED,
            now,
            programme.programme_id if programme else None,
            programme.tenant_id if programme else None,
            item=item,
            refusal=refusal,
        )

    @classmethod
    def withdrawn(cls, tenant_id: UUID, booking_id: UUID, person_id: UUID, now: datetime) -> Self:
        """Remember a cancellation that arrived before its request, which then takes nothing."""
        return cls(
            tenant_id, voucher_id_for(booking_id), booking_id, person_id, Status.WITHDRAWN, now
        )

    @property
    def is_held(self) -> bool:
        """Whether units of the pool are held for this voucher."""
        return self.status in HELD

    @property
    def reversible_units(self) -> int:
        """What was used and is not taken back."""
        return self.redeemed_units - self.reversed_units

    @property
    def allocation_id(self) -> UUID | None:
        """The allocation whose pool paid, if it was not the main one."""
        return None if self.pool_id == self.programme_id else self.pool_id

    def bind(
        self,
        booking_id: UUID,
        item: Item,
        provider_id: UUID | None,
        programme: Programme,
        now: datetime,
    ) -> None:
        """Use an assigned voucher for a booking; its units are held already."""
        self.booking_id, self.item, self.provider_id = booking_id, item, provider_id
        self.expires_at = now + programme.terms.reservation
        self._become(Status.RESERVED)

    def redeem(
        self,
        programme: Programme,
        now: datetime,
        why: Why = UNTOLD,
        *,
        units: int | None = None,
        completed_at: datetime | None = None,
    ) -> None:
        """Use the voucher: `units` of it, or all; the rest goes back. Raises InvalidSettlementError."""
        used = self._used(units)
        self.redeemed_entry = programme.redeem(self._about(), used, now, why)
        if used < self.units:
            programme.release(self._about(), self.units - used, now, why)
        self._redeemed(used, now, completed_at)

    def redeem_late(
        self,
        programme: Programme,
        now: datetime,
        why: Why,
        *,
        units: int | None = None,
        completed_at: datetime | None = None,
    ) -> None:
        """Use a voucher that had ended, as long as its pool, or the main one, has the units.

        Raises InvalidSettlementError if it has not ended or no reason is given, PoolExhaustedError.
        """
        if self.status not in LATE:
            raise InvalidSettlementError(
                f"The voucher is {self.status}; only an ended one is late."
            )
        if not why.reason:
            raise InvalidSettlementError("Give the reason for redeeming the voucher late.")
        if self.booking_id is None:
            raise InvalidSettlementError("Nothing was booked with the voucher. Assign a new one.")
        used = self._used(units)
        self.pool_id = programme.late_pool(self._about(), used).pool_id
        self.redeemed_entry = programme.redeem_late(self._about(), used, now, why)
        self.is_late = True
        self._redeemed(used, now, completed_at)

    def release(self, programme: Programme, now: datetime, why: Why = UNTOLD) -> None:
        """The booking, or the assignment, was given up."""
        programme.release(self._about(), self.units, now, why)
        self._become(Status.RELEASED)

    def expire(self, programme: Programme, now: datetime, why: Why = UNTOLD) -> None:
        """The voucher was not used in time."""
        programme.release(self._about(), self.units, now, why, Kind.EXPIRE)
        self._become(Status.EXPIRED)

    def reverse(self, programme: Programme, units: int, now: datetime, why: Why) -> None:
        """Take back units that were used, with a reason; never more than were used. Raises InvalidSettlementError."""
        if self.redeemed_entry is None:
            raise InvalidSettlementError(
                f"The voucher is {self.status}; only a redeemed one is reversed."
            )
        if not why.reason:
            raise InvalidSettlementError("Give the reason for the reversal.")
        if not 1 <= units <= self.reversible_units:
            raise InvalidSettlementError(
                f"Of the redemption, {self.reversible_units} units are left to reverse."
            )
        programme.reverse(self._about(), units, self.redeemed_entry, now, why)
        self.reversed_units += units
        self._become(self.status if self.reversible_units else Status.REVERSED)

    def _take(self, programme: Programme, units: int, now: datetime, why: Why) -> None:
        pool = programme.pool_for(self.tenant_id, units) or programme.pool
        self.units, self.pool_id = units, pool.pool_id
        programme.reserve(self._about(), units, now, why)

    def _about(self) -> About:
        assert self.pool_id, "only a refused or withdrawn voucher has no pool"
        return About(self.pool_id, self.voucher_id, self.tenant_id)

    def _used(self, units: int | None) -> int:
        used = self.units if units is None else units
        if not 1 <= used <= self.units:
            raise InvalidSettlementError(f"The voucher has {self.units} units, not {used}.")
        return used

    def _redeemed(self, used: int, now: datetime, completed_at: datetime | None) -> None:
        self.redeemed_units = used
        self.redeemed_at, self.completed_at = now, completed_at
        self._become(Status.REDEEMED)

    def _become(self, status: Status) -> None:
        self.status = status
        self.version += 1
