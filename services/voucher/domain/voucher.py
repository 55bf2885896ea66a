"""One claim on a pool, made for one booking, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID, uuid5

from services.voucher.domain.eligibility import Refusal
from services.voucher.domain.programme import Programme

_VOUCHERS = UUID("8f1f6c52-7c55-4a5f-9d3c-0b6f5d1c2a10")


class Status(StrEnum):
    """The states of a voucher; all but `reserved` are final."""

    RESERVED = "reserved"
    REFUSED = "refused"
    REDEEMED = "redeemed"
    RELEASED = "released"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


def voucher_id_for(booking_id: UUID) -> UUID:
    """A booking has one voucher, whoever asks and how often: the id follows from the booking's."""
    return uuid5(_VOUCHERS, booking_id.bytes.hex())


@dataclass(slots=True)
class Voucher:
    """A claim of the tenant `tenant_id` for one of its people, on a programme of `funder_id`."""

    tenant_id: UUID
    voucher_id: UUID
    booking_id: UUID
    person_id: UUID
    status: Status
    created_at: datetime
    programme_id: UUID | None = None
    funder_id: UUID | None = None
    expires_at: datetime | None = None
    refusal: Refusal | None = None
    version: int = 1

    @classmethod
    def reserved(
        cls, tenant_id: UUID, booking_id: UUID, person_id: UUID, programme: Programme, now: datetime
    ) -> Self:
        """Take a voucher out of the programme's pool."""
        voucher = cls(
            tenant_id,
            voucher_id_for(booking_id),
            booking_id,
            person_id,
            Status.RESERVED,
            now,
            programme.programme_id,
            programme.tenant_id,
            expires_at=now + programme.terms.reservation,
        )
        programme.reserve(voucher.voucher_id, tenant_id, now)
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
        """Whether a unit of the pool is held for this voucher."""
        return self.status is Status.RESERVED

    def redeem(self, programme: Programme, now: datetime) -> None:
        """The booking was completed."""
        programme.redeem(self.voucher_id, self.tenant_id, now)
        self._become(Status.REDEEMED)

    def release(self, programme: Programme, now: datetime) -> None:
        """The booking was given up."""
        programme.release(self.voucher_id, self.tenant_id, now)
        self._become(Status.RELEASED)

    def expire(self, programme: Programme, now: datetime) -> None:
        """The reservation was not used in time."""
        programme.release(self.voucher_id, self.tenant_id, now)
        self._become(Status.EXPIRED)

    def _become(self, status: Status) -> None:
        self.status = status
        self.version += 1
