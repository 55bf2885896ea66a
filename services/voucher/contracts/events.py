"""Events of the voucher service. Change is additive; a breaking change is a V2 beside V1."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.voucher.contracts.giving_events import GIVING_EVENTS
from services.voucher.contracts.topics import VOUCHER_EVENTS
from shared.envelope import Event


class ProgrammeOpenedV1(Event):
    """A funder promises vouchers, or money. Aggregate: the programme, of the funder's tenant.

    `vouchers` is 0 where it counts euro cents; `budget` is what is granted in `unit`. Of states, regions and
    `tenants` one is enough, every other condition has to be met. A voucher pays up to `cap_cents`.
    """

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
    unit: str = "voucher"
    budget: int | None = None
    cap_cents: int | None = None
    tenants: tuple[UUID, ...] = ()
    roles: tuple[str, ...] = ()
    offers: tuple[UUID, ...] = ()
    offer_kinds: tuple[str, ...] = ()
    competence_fields: tuple[str, ...] = ()


class ProgrammeNearlyUsedV1(Event):
    """Of a programme's units so many per cent are reserved or used: told once at 80 and at 95, again after a top-up.

    Aggregate: the programme, of the funder's tenant. Figures are in `unit`: vouchers or euro cents.
    """

    TYPE: ClassVar[str] = "programme.nearly_used.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "programme_id"

    programme_id: UUID
    percent: int
    unit: str
    granted: int
    reserved: int
    redeemed: int
    available: int


class ProgrammeToppedUpV1(Event):
    """The funder granted more. Aggregate: the programme. `granted` is what it has granted by now, in `unit`."""

    TYPE: ClassVar[str] = "programme.topped_up.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "programme_id"

    programme_id: UUID
    unit: str
    units: int
    granted: int


class ProgrammeClosedV1(Event):
    """A programme gives nothing any more; what is reserved may still be used. Aggregate: the programme.

    What nobody used expired at its end, or returned to the funder who closed it early; figures are in `unit`.
    """

    TYPE: ClassVar[str] = "programme.closed.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "programme_id"

    programme_id: UUID
    closed_at: datetime
    unit: str
    granted: int
    reserved: int
    redeemed: int
    expired: int
    returned: int


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
    """The booking was completed; of the voucher `units` are used (vouchers, or euro cents).

    `entry` is the use's number in the programme's ledger. `is_late` when the voucher had ended before.
    """

    TYPE: ClassVar[str] = "voucher.redeemed.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    booking_id: UUID
    person_id: UUID
    programme_id: UUID
    funder_id: UUID | None = None
    units: int | None = None
    entry: int | None = None
    is_late: bool = False


class VoucherReversedV1(Event):
    """The use of a voucher was taken back: `units` of it now, `reversed_units` of `redeemed_units` in all.

    The reason is in the ledger, at the entry that reverses the entry `reverses`.
    """

    TYPE: ClassVar[str] = "voucher.reversed.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    booking_id: UUID | None
    person_id: UUID
    programme_id: UUID
    funder_id: UUID
    units: int
    redeemed_units: int
    reversed_units: int
    reverses: int


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


class LedgerSealedV1(Event):
    """A programme's ledger has so many entries, and the last one's hash is `head` (hex). Aggregate: the programme.

    Each hash covers the one before: whoever keeps a head can tell whether any entry up to it was changed later.
    """

    TYPE: ClassVar[str] = "ledger.sealed.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "programme_id"

    programme_id: UUID
    entries: int
    head: str
    sealed_at: datetime


class LedgerReconciledV1(Event):
    """A programme's ledger was compared with its pools and vouchers: daily, and when the result changes.

    `violated` names what does not hold; `wrong_entry` is the first entry that is not as it was written.
    """

    TYPE: ClassVar[str] = "ledger.reconciled.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "programme_id"

    programme_id: UUID
    at: datetime
    entries: int
    ok: bool
    violated: tuple[str, ...] = ()
    wrong_entry: int | None = None


class ProofOfUseSignedV1(Event):
    """A person of the funder stands by a proof of use, named by the SHA-256 of its JSON file. Aggregate: the proof.

    `entries` of the programme's ledger are proven, the last of which has the hash `ledger_head`.
    """

    TYPE: ClassVar[str] = "proof_of_use.signed.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "proof_id"

    proof_id: UUID
    programme_id: UUID
    kind: str
    entries: int
    ledger_head: str
    sha256: str
    role: str
    signed_at: datetime


class StatementIssuedV1(Event):
    """The cooperative has issued an invoice or credit note. Aggregate: the statement, of the party it is with.

    `side` says who that is: the funder, who pays `cents`, or a provider, to whom they are paid; with a
    credit note the other way round. `corrects` is the number of the statement that it corrects.
    """

    TYPE: ClassVar[str] = "statement.issued.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "statement_id"

    statement_id: UUID
    number: str
    side: str
    kind: str
    programme_id: UUID
    funder_id: UUID
    period_first_day: date
    period_last_day: date
    issued_on: date
    due_on: date
    cents: int
    corrects: str | None = None


EVENTS = (
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
    ProofOfUseSignedV1,
    StatementIssuedV1,
    *GIVING_EVENTS,
)
