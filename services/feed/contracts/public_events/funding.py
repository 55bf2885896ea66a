"""Public events about programmes and vouchers."""

from datetime import date, datetime
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
    unit: str = "voucher"
    budget: int | None = None
    cap_cents: int | None = None
    tenants: tuple[UUID, ...] | None = None
    roles: tuple[str, ...] = ()
    offers: tuple[UUID, ...] = ()
    offer_kinds: tuple[str, ...] = ()
    competence_fields: tuple[str, ...] = ()


class ProgrammeNearlyUsedV1(PublicEvent):
    """Of your programme so many per cent are reserved or used: told at 80 and at 95, again after a top-up."""

    TYPE: ClassVar[str] = "programme.nearly_used.v1"

    programme_id: UUID
    percent: int
    unit: str
    granted: int
    reserved: int
    redeemed: int
    available: int


class ProgrammeToppedUpV1(PublicEvent):
    """Your programme has got more."""

    TYPE: ClassVar[str] = "programme.topped_up.v1"

    programme_id: UUID
    unit: str
    units: int
    granted: int


class ProgrammeClosedV1(PublicEvent):
    """A programme gives nothing any more; what is reserved may still be used."""

    TYPE: ClassVar[str] = "programme.closed.v1"

    programme_id: UUID
    funder_id: UUID
    closed_at: datetime
    unit: str | None = None
    granted: int | None = None
    reserved: int | None = None
    redeemed: int | None = None
    expired: int | None = None
    returned: int | None = None


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
    """The booking was completed; of the voucher `units` are used (vouchers, or euro cents)."""

    TYPE: ClassVar[str] = "voucher.redeemed.v1"

    units: int | None = None
    entry: int | None = None
    is_late: bool = False


class VoucherReversedV1(VoucherTold):
    """The use of a voucher was taken back: `units` of it now, `reversed_units` of `redeemed_units` in all."""

    TYPE: ClassVar[str] = "voucher.reversed.v1"

    units: int
    redeemed_units: int
    reversed_units: int
    reverses: int


class VoucherReleasedV1(VoucherTold):
    """The booking was given up; the voucher is back in its pool."""

    TYPE: ClassVar[str] = "voucher.released.v1"


class VoucherExpiredV1(VoucherTold):
    """The voucher was not used in time; the booking it was held for lapses."""

    TYPE: ClassVar[str] = "voucher.expired.v1"


class LedgerSealedV1(PublicEvent):
    """A programme's ledger has so many entries, and the last one's hash is `head`: keep it to tell changes later."""

    TYPE: ClassVar[str] = "ledger.sealed.v1"

    programme_id: UUID
    entries: int
    head: str
    sealed_at: datetime


class LedgerReconciledV1(PublicEvent):
    """A programme's ledger was compared with its pools and vouchers: daily, and when the result changes."""

    TYPE: ClassVar[str] = "ledger.reconciled.v1"

    programme_id: UUID
    at: datetime
    entries: int
    ok: bool
    violated: tuple[str, ...] = ()
    wrong_entry: int | None = None


class StatementIssuedV1(PublicEvent):
    """The cooperative has issued an invoice or credit note."""

    TYPE: ClassVar[str] = "statement.issued.v1"

    statement_id: UUID
    number: str
    side: str
    kind: str
    programme_id: UUID
    period_first_day: date
    period_last_day: date
    issued_on: date
    due_on: date
    cents: int
    corrects: str | None = None


class AllocationChangedV1(PublicEvent):
    """An organisation's part of a programme is of this size."""

    TYPE: ClassVar[str] = "allocation.changed.v1"

    allocation_id: UUID
    programme_id: UUID
    funder_id: UUID
    beneficiary_id: UUID
    units: int
    available: int
    give_back_at: datetime | None
    ended_at: datetime | None


class VoucherRequestChangedV1(AboutPerson):
    """A person asks for a voucher, or the request has got another status."""

    TYPE: ClassVar[str] = "voucher_request.changed.v1"

    request_id: UUID
    person_id: UUID
    programme_id: UUID
    status: str
    next_step: str | None
    leader_id: UUID | None
    voucher_id: UUID | None


class AssignmentTold(AboutPerson):
    """Base of what is told of a voucher with which nothing is booked."""

    voucher_id: UUID
    programme_id: UUID
    funder_id: UUID
    beneficiary_id: UUID
    person_id: UUID | None = None


class VoucherAssignedV1(AssignmentTold):
    """A voucher is held for a person, who has booked nothing with it yet."""

    TYPE: ClassVar[str] = "voucher.assigned.v1"

    units: int
    expires_at: datetime


class VoucherAssignmentEndedV1(AssignmentTold):
    """A voucher is no longer held for a person who booked nothing with it."""

    TYPE: ClassVar[str] = "voucher.assignment_ended.v1"

    reason: str


class VoucherReminderV1(AboutPerson):
    """A voucher that is held ends soon, and is then given to others."""

    TYPE: ClassVar[str] = "voucher.reminder.v1"

    voucher_id: UUID
    person_id: UUID
    programme_id: UUID
    funder_id: UUID
    booking_id: UUID | None
    expires_at: datetime


EVENTS: tuple[type[PublicEvent], ...] = (
    ProgrammeOpenedV1,
    ProgrammeNearlyUsedV1,
    ProgrammeToppedUpV1,
    ProgrammeClosedV1,
    VoucherReservedV1,
    VoucherRefusedV1,
    VoucherRedeemedV1,
    VoucherReleasedV1,
    VoucherExpiredV1,
    VoucherReversedV1,
    LedgerSealedV1,
    LedgerReconciledV1,
    StatementIssuedV1,
    AllocationChangedV1,
    VoucherRequestChangedV1,
    VoucherAssignedV1,
    VoucherAssignmentEndedV1,
    VoucherReminderV1,
)
