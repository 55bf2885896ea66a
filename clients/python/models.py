"""Generated from the published JSON Schemas by `make contracts`; do not edit."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of all: what is added later is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class AchievementV1(Model):
    """What was learned, as it was on the day: the text of a certificate."""

    competences: tuple[str, ...]
    criteria: str
    description: str
    duration_minutes: int
    name: str


class AgreementChangedV1(Model):
    """A running agreement has other parties, offers or another end. Who is no party any more
    hears it a last time.
    """

    TYPE: ClassVar[str] = "agreement.changed.v1"

    agreement_id: UUID
    ends_at: datetime | None
    offers: tuple[SharedOfferV1, ...]
    parties: tuple[AgreementPartyV1, ...]
    proposer_id: UUID


class AgreementEndedV1(Model):
    """Nothing is shared under the agreement any more."""

    TYPE: ClassVar[str] = "agreement.ended.v1"

    agreement_id: UUID
    proposer_id: UUID
    reason: str


class AgreementPartyV1(Model):
    """An organisation that takes part, as host, party or facilitator."""

    part: str
    tenant_id: UUID


class AgreementStartedV1(Model):
    """The parties' people may see and book what is shared, until `ends_at`."""

    TYPE: ClassVar[str] = "agreement.started.v1"

    agreement_id: UUID
    ends_at: datetime | None
    offers: tuple[SharedOfferV1, ...]
    parties: tuple[AgreementPartyV1, ...]
    proposer_id: UUID


class AllocationChangedV1(Model):
    """An organisation's part of a programme is of this size."""

    TYPE: ClassVar[str] = "allocation.changed.v1"

    allocation_id: UUID
    available: int
    beneficiary_id: UUID
    ended_at: datetime | None
    funder_id: UUID
    give_back_at: datetime | None
    programme_id: UUID
    units: int


class BookingCancelledV1(Model):
    """The booking was given up before it was completed; a voucher held for it is free again."""

    TYPE: ClassVar[str] = "booking.cancelled.v1"

    booking_id: UUID
    offer_id: UUID
    person_id: UUID
    person: PersonNameV1 | None = None
    provider_id: UUID | None = None
    reason: str | None = None


class BookingConfirmedV1(Model):
    """The person has a place."""

    TYPE: ClassVar[str] = "booking.confirmed.v1"

    booking_id: UUID
    offer_id: UUID
    person_id: UUID
    person: PersonNameV1 | None = None
    provider_id: UUID | None = None


class BookingDeclinedV1(Model):
    """The booking cannot be had."""

    TYPE: ClassVar[str] = "booking.declined.v1"

    booking_id: UUID
    offer_id: UUID
    person_id: UUID
    person: PersonNameV1 | None = None
    provider_id: UUID | None = None
    reason: str | None = None


class BookingRequestedV1(Model):
    """A person wants an offer, paid with a voucher."""

    TYPE: ClassVar[str] = "booking.requested.v1"

    booking_id: UUID
    offer_id: UUID
    offer_kind: str
    person_id: UUID
    person: PersonNameV1 | None = None
    programme_id: UUID | None = None
    provider_id: UUID | None = None


class BookingWaitlistedV1(Model):
    """The date is full; the person moves up when a place gets free."""

    TYPE: ClassVar[str] = "booking.waitlisted.v1"

    booking_id: UUID
    offer_id: UUID
    person_id: UUID
    person: PersonNameV1 | None = None
    provider_id: UUID | None = None


class CompetenceModelPublishedV1(Model):
    """There are competences that targets and assessments may name."""

    TYPE: ClassVar[str] = "competence_model.published.v1"

    competences: tuple[UUID, ...]
    model_id: UUID
    owner_id: UUID
    visibility: str


class CredentialIssuedV1(Model):
    """A person has a certificate."""

    TYPE: ClassVar[str] = "credential.issued.v1"

    booking_id: UUID
    credential_id: UUID
    issued_at: datetime
    person_id: UUID
    url: str
    person: PersonNameV1 | None = None


class CredentialRevokedV1(Model):
    """A certificate is no longer valid."""

    TYPE: ClassVar[str] = "credential.revoked.v1"

    booking_id: UUID
    credential_id: UUID
    person_id: UUID
    revoked_at: datetime
    person: PersonNameV1 | None = None


class EndpointFailingV1(Model):
    """A webhook endpoint has taken nothing for a day. Repair it before events expire."""

    TYPE: ClassVar[str] = "endpoint.failing.v1"

    failing_since: datetime
    oldest_event_expires_at: datetime
    subscription_id: UUID


class EndpointPausedV1(Model):
    """A webhook endpoint has taken nothing for three days and gets nothing more until it is
    resumed.
    """

    TYPE: ClassVar[str] = "endpoint.paused.v1"

    failing_since: datetime
    oldest_event_expires_at: datetime
    subscription_id: UUID


class IssuerCreatedV1(Model):
    """The organisation can sign certificates with a key of its own."""

    TYPE: ClassVar[str] = "issuer.created.v1"

    did: str
    verification_method: str


class LedgerReconciledV1(Model):
    """A programme's ledger was compared with its pools and vouchers: daily, and when the result
    changes.
    """

    TYPE: ClassVar[str] = "ledger.reconciled.v1"

    at: datetime
    entries: int
    ok: bool
    programme_id: UUID
    violated: tuple[str, ...] | None = None
    wrong_entry: int | None = None


class LedgerSealedV1(Model):
    """A programme's ledger has so many entries, and the last one's hash is `head`: keep it to
    tell changes later.
    """

    TYPE: ClassVar[str] = "ledger.sealed.v1"

    entries: int
    head: str
    programme_id: UUID
    sealed_at: datetime


class OfferPublishedV1(Model):
    """Something can be learned and booked."""

    TYPE: ClassVar[str] = "offer.published.v1"

    competences: tuple[UUID, ...]
    duration_minutes: int
    kind: str
    offer_id: UUID
    provider_id: UUID
    title: str
    competence_fields: tuple[str, ...] | None = None
    price_cents: int | None = None
    visibility: str | None = None


class OperatorAccessEndedV1(Model):
    """An operator's access was ended before its time; it ran `until`."""

    TYPE: ClassVar[str] = "operator_access.ended.v1"

    access_id: UUID
    may_change: bool
    operator: str
    until: datetime


class OperatorAccessGrantedV1(Model):
    """Somebody of the cooperative may act for the organisation until a moment."""

    TYPE: ClassVar[str] = "operator_access.granted.v1"

    access_id: UUID
    may_change: bool
    operator: str
    until: datetime


class ParticipationCompletedV1(Model):
    """The person completed what was booked."""

    TYPE: ClassVar[str] = "participation.completed.v1"

    achievement: AchievementV1
    booking_id: UUID
    completed_at: datetime
    offer_id: UUID
    person_id: UUID
    person: PersonNameV1 | None = None
    provider_id: UUID | None = None
    provider_name: str | None = None


class PersonErasedV1(Model):
    """Nothing is kept of a person but the opaque id. Erase what you keep of this person."""

    TYPE: ClassVar[str] = "person.erased.v1"

    person_id: UUID


class PersonLeftV1(Model):
    """A person has left; `person.registered.v1` follows should they come back."""

    TYPE: ClassVar[str] = "person.left.v1"

    left_on: date
    person_id: UUID
    person: PersonNameV1 | None = None


class PersonNameV1(Model):
    """What a person is called: only where the organisation agreed to it, by pull and webhook,
    for its own people.
    """

    email: str
    family_name: str
    given_name: str


class PersonRegisteredV1(Model):
    """The organisation employs a person, again perhaps, or changed that person's roles."""

    TYPE: ClassVar[str] = "person.registered.v1"

    person_id: UUID
    roles: tuple[str, ...]
    person: PersonNameV1 | None = None


class ProgrammeClosedV1(Model):
    """A programme gives nothing any more; what is reserved may still be used."""

    TYPE: ClassVar[str] = "programme.closed.v1"

    closed_at: datetime
    funder_id: UUID
    programme_id: UUID
    expired: int | None = None
    granted: int | None = None
    redeemed: int | None = None
    reserved: int | None = None
    returned: int | None = None
    unit: str | None = None


class ProgrammeNearlyUsedV1(Model):
    """Of your programme so many per cent are reserved or used: told at 80 and at 95, again after
    a top-up.
    """

    TYPE: ClassVar[str] = "programme.nearly_used.v1"

    available: int
    granted: int
    percent: int
    programme_id: UUID
    redeemed: int
    reserved: int
    unit: str


class ProgrammeOpenedV1(Model):
    """A funder promises vouchers."""

    TYPE: ClassVar[str] = "programme.opened.v1"

    closes_at: datetime
    funder_id: UUID
    name: str
    opens_at: datetime
    programme_id: UUID
    regions: tuple[str, ...]
    states: tuple[str, ...]
    tenant_kinds: tuple[str, ...]
    budget: int | None = None
    cap_cents: int | None = None
    competence_fields: tuple[str, ...] | None = None
    offer_kinds: tuple[str, ...] | None = None
    offers: tuple[UUID, ...] | None = None
    roles: tuple[str, ...] | None = None
    tenants: tuple[UUID, ...] | None = None
    unit: str | None = None
    vouchers: int | None = None


class ProgrammeToppedUpV1(Model):
    """Your programme has got more."""

    TYPE: ClassVar[str] = "programme.topped_up.v1"

    granted: int
    programme_id: UUID
    unit: str
    units: int


class SharedOfferV1(Model):
    """An offer that a party shares."""

    offer_id: UUID
    provider_id: UUID


class StatementIssuedV1(Model):
    """The cooperative has issued an invoice or credit note."""

    TYPE: ClassVar[str] = "statement.issued.v1"

    cents: int
    due_on: date
    issued_on: date
    kind: str
    number: str
    period_first_day: date
    period_last_day: date
    programme_id: UUID
    side: str
    statement_id: UUID
    corrects: str | None = None


class TenantActivatedV1(Model):
    """The organisation may use the platform from now on."""

    TYPE: ClassVar[str] = "tenant.activated.v1"

    kind: str
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantBrandedV1(Model):
    """The organisation looks so from now on, on pages and certificates."""

    TYPE: ClassVar[str] = "tenant.branded.v1"

    display_name: str
    primary_colour: str
    text_colour: str


class TenantChangedV1(Model):
    """The organisation has another name or official key, or lies in other regions."""

    TYPE: ClassVar[str] = "tenant.changed.v1"

    kind: str
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantLeavingV1(Model):
    """The membership will end; until its last day nothing changes."""

    TYPE: ClassVar[str] = "tenant.leaving.v1"

    kind: str
    last_day: date
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantLeftV1(Model):
    """The membership has ended; the data may be fetched until the last export day."""

    TYPE: ClassVar[str] = "tenant.left.v1"

    kind: str
    last_export_day: date
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantLimitedV1(Model):
    """The organisation may use so much of the feed from now on."""

    TYPE: ClassVar[str] = "tenant.limited.v1"

    events_per_day: int
    subscriptions: int


class TenantResumedV1(Model):
    """A suspension was lifted, or a notice withdrawn."""

    TYPE: ClassVar[str] = "tenant.resumed.v1"

    kind: str
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantSuspendedV1(Model):
    """The organisation may change nothing any more; what was begun comes to its end."""

    TYPE: ClassVar[str] = "tenant.suspended.v1"

    kind: str
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class VoucherAssignedV1(Model):
    """A voucher is held for a person, who has booked nothing with it yet."""

    TYPE: ClassVar[str] = "voucher.assigned.v1"

    beneficiary_id: UUID
    expires_at: datetime
    funder_id: UUID
    programme_id: UUID
    units: int
    voucher_id: UUID
    person: PersonNameV1 | None = None
    person_id: UUID | None = None


class VoucherAssignmentEndedV1(Model):
    """A voucher is no longer held for a person who booked nothing with it."""

    TYPE: ClassVar[str] = "voucher.assignment_ended.v1"

    beneficiary_id: UUID
    funder_id: UUID
    programme_id: UUID
    reason: str
    voucher_id: UUID
    person: PersonNameV1 | None = None
    person_id: UUID | None = None


class VoucherExpiredV1(Model):
    """The voucher was not used in time; the booking it was held for lapses."""

    TYPE: ClassVar[str] = "voucher.expired.v1"

    beneficiary_id: UUID
    programme_id: UUID | None
    voucher_id: UUID
    booking_id: UUID | None = None
    funder_id: UUID | None = None
    person: PersonNameV1 | None = None
    person_id: UUID | None = None


class VoucherRedeemedV1(Model):
    """The booking was completed; of the voucher `units` are used (vouchers, or euro cents)."""

    TYPE: ClassVar[str] = "voucher.redeemed.v1"

    beneficiary_id: UUID
    programme_id: UUID | None
    voucher_id: UUID
    booking_id: UUID | None = None
    entry: int | None = None
    funder_id: UUID | None = None
    is_late: bool | None = None
    person: PersonNameV1 | None = None
    person_id: UUID | None = None
    units: int | None = None


class VoucherRefusedV1(Model):
    """No voucher for this booking."""

    TYPE: ClassVar[str] = "voucher.refused.v1"

    beneficiary_id: UUID
    programme_id: UUID | None
    reason: str
    voucher_id: UUID
    booking_id: UUID | None = None
    explanation: str | None = None
    funder_id: UUID | None = None
    person: PersonNameV1 | None = None
    person_id: UUID | None = None


class VoucherReleasedV1(Model):
    """The booking was given up; the voucher is back in its pool."""

    TYPE: ClassVar[str] = "voucher.released.v1"

    beneficiary_id: UUID
    programme_id: UUID | None
    voucher_id: UUID
    booking_id: UUID | None = None
    funder_id: UUID | None = None
    person: PersonNameV1 | None = None
    person_id: UUID | None = None


class VoucherReminderV1(Model):
    """A voucher that is held ends soon, and is then given to others."""

    TYPE: ClassVar[str] = "voucher.reminder.v1"

    booking_id: UUID | None
    expires_at: datetime
    funder_id: UUID
    person_id: UUID
    programme_id: UUID
    voucher_id: UUID
    person: PersonNameV1 | None = None


class VoucherRequestChangedV1(Model):
    """A person asks for a voucher, or the request has got another status."""

    TYPE: ClassVar[str] = "voucher_request.changed.v1"

    leader_id: UUID | None
    next_step: str | None
    person_id: UUID
    programme_id: UUID
    request_id: UUID
    status: str
    voucher_id: UUID | None
    person: PersonNameV1 | None = None


class VoucherReservedV1(Model):
    """A voucher is held for a booking."""

    TYPE: ClassVar[str] = "voucher.reserved.v1"

    beneficiary_id: UUID
    expires_at: datetime
    programme_id: UUID | None
    voucher_id: UUID
    booking_id: UUID | None = None
    funder_id: UUID | None = None
    person: PersonNameV1 | None = None
    person_id: UUID | None = None


class VoucherReversedV1(Model):
    """The use of a voucher was taken back: `units` of it now, `reversed_units` of
    `redeemed_units` in all.
    """

    TYPE: ClassVar[str] = "voucher.reversed.v1"

    beneficiary_id: UUID
    programme_id: UUID | None
    redeemed_units: int
    reversed_units: int
    reverses: int
    units: int
    voucher_id: UUID
    booking_id: UUID | None = None
    funder_id: UUID | None = None
    person: PersonNameV1 | None = None
    person_id: UUID | None = None
