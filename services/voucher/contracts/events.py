"""Events of the voucher service. Change is additive; a breaking change is a V2 beside V1."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.voucher.contracts.topics import VOUCHER_EVENTS
from shared.envelope import Event


class ProgrammeOpenedV1(Event):
    """A funder promises vouchers. Aggregate: the programme, of the funder's tenant."""

    TYPE: ClassVar[str] = "programme.opened.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "programme_id"

    programme_id: UUID
    name: str
    vouchers: int
    states: tuple[str, ...]
    regions: tuple[str, ...]
    tenant_kinds: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime


class VoucherReservedV1(Event):
    """A voucher is held for a booking. Aggregate: the voucher, of the person's tenant."""

    TYPE: ClassVar[str] = "voucher.reserved.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    booking_id: UUID
    person_id: UUID
    programme_id: UUID
    expires_at: datetime
    funder_id: UUID | None = None


class VoucherRefusedV1(Event):
    """No voucher for this booking; `reason` is a stable code, `explanation` says it in words."""

    TYPE: ClassVar[str] = "voucher.refused.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    booking_id: UUID
    person_id: UUID
    programme_id: UUID | None
    reason: str
    explanation: str
    funder_id: UUID | None = None


class VoucherRedeemedV1(Event):
    """The booking was completed; the voucher is used."""

    TYPE: ClassVar[str] = "voucher.redeemed.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    booking_id: UUID
    person_id: UUID
    programme_id: UUID
    funder_id: UUID | None = None


class VoucherReleasedV1(Event):
    """The booking was given up; the voucher is back in its pool."""

    TYPE: ClassVar[str] = "voucher.released.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    booking_id: UUID
    person_id: UUID
    programme_id: UUID
    funder_id: UUID | None = None


class VoucherExpiredV1(Event):
    """The voucher was not used in time; the booking it was held for lapses."""

    TYPE: ClassVar[str] = "voucher.expired.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    booking_id: UUID
    person_id: UUID
    programme_id: UUID
    funder_id: UUID | None = None


EVENTS = (
    ProgrammeOpenedV1,
    VoucherReservedV1,
    VoucherRefusedV1,
    VoucherRedeemedV1,
    VoucherReleasedV1,
    VoucherExpiredV1,
)
