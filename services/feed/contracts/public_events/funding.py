"""Public events about programmes and vouchers."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.feed.contracts.public_events.base import AboutPerson, PublicEvent


class ProgrammeOpenedV1(PublicEvent):
    """A funder promises vouchers."""

    TYPE: ClassVar[str] = "programme.opened.v1"

    programme_id: UUID
    funder_id: UUID
    name: str
    states: tuple[str, ...]
    regions: tuple[str, ...]
    tenant_kinds: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    vouchers: int | None = None


class VoucherTold(AboutPerson):
    """Base of what is told of a voucher."""

    voucher_id: UUID
    programme_id: UUID | None
    funder_id: UUID | None = None
    beneficiary_id: UUID
    booking_id: UUID | None = None
    person_id: UUID | None = None


class VoucherReservedV1(VoucherTold):
    """A voucher is held for a booking."""

    TYPE: ClassVar[str] = "voucher.reserved.v1"

    expires_at: datetime


class VoucherRefusedV1(VoucherTold):
    """No voucher for this booking."""

    TYPE: ClassVar[str] = "voucher.refused.v1"

    reason: str
    explanation: str | None = None


class VoucherRedeemedV1(VoucherTold):
    """The booking was completed; the voucher is used."""

    TYPE: ClassVar[str] = "voucher.redeemed.v1"


class VoucherReleasedV1(VoucherTold):
    """The booking was given up; the voucher is back in its pool."""

    TYPE: ClassVar[str] = "voucher.released.v1"


class VoucherExpiredV1(VoucherTold):
    """The voucher was not used in time; the booking it was held for lapses."""

    TYPE: ClassVar[str] = "voucher.expired.v1"


EVENTS: tuple[type[PublicEvent], ...] = (
    ProgrammeOpenedV1,
    VoucherReservedV1,
    VoucherRefusedV1,
    VoucherRedeemedV1,
    VoucherReleasedV1,
    VoucherExpiredV1,
)
