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
    """What was learned, as it was on the day: the text of a certificate. Part of an event."""

    competences: tuple[str, ...]
    criteria: str
    description: str
    duration_minutes: int
    name: str


class AgreementChangedV1(Model):
    """A running agreement has other parties, offers or another end from now on; all of it stands
    here.
    """

    TYPE: ClassVar[str] = "agreement.changed.v1"

    agreement_id: UUID
    ends_at: datetime | None
    offers: tuple[SharedOfferV1, ...]
    parties: tuple[AgreementPartyV1, ...]


class AgreementEndedV1(Model):
    """Nothing is shared under the agreement any more; `reason` is a stable code."""

    TYPE: ClassVar[str] = "agreement.ended.v1"

    agreement_id: UUID
    reason: str


class AgreementPartyV1(Model):
    """A member that takes part, as host, party or facilitator. Part of an event."""

    part: str
    tenant_id: UUID


class AgreementStartedV1(Model):
    """The parties' people may see and book what is shared, until `ends_at`. Aggregate: the
    agreement.
    """

    TYPE: ClassVar[str] = "agreement.started.v1"

    agreement_id: UUID
    ends_at: datetime | None
    offers: tuple[SharedOfferV1, ...]
    parties: tuple[AgreementPartyV1, ...]


class BookingCancelledV1(Model):
    """The booking was given up before it was completed; a voucher held for it is free again."""

    TYPE: ClassVar[str] = "booking.cancelled.v1"

    booking_id: UUID
    offer_id: UUID
    person_id: UUID
    reason: str


class BookingConfirmedV1(Model):
    """The person has a place."""

    TYPE: ClassVar[str] = "booking.confirmed.v1"

    booking_id: UUID
    offer_id: UUID
    person_id: UUID


class BookingDeclinedV1(Model):
    """The booking cannot be had; `reason` is a stable code."""

    TYPE: ClassVar[str] = "booking.declined.v1"

    booking_id: UUID
    offer_id: UUID
    person_id: UUID
    reason: str


class BookingRequestedV1(Model):
    """A person wants an offer, paid with a voucher. Aggregate: the booking, of the person's
    tenant.
    """

    TYPE: ClassVar[str] = "booking.requested.v1"

    booking_id: UUID
    offer_id: UUID
    offer_kind: str
    person_id: UUID
    programme_id: UUID | None
    provider_id: UUID


class BookingWaitlistedV1(Model):
    """The date is full; the person moves up when a place gets free."""

    TYPE: ClassVar[str] = "booking.waitlisted.v1"

    booking_id: UUID
    offer_id: UUID
    person_id: UUID


class CompetenceModelPublishedV1(Model):
    """There are competences that targets and assessments may name. Aggregate: the model.
    `visibility` is `own`, for the tenant alone, or `cooperative`, for every tenant.
    """

    TYPE: ClassVar[str] = "competence_model.published.v1"

    competences: tuple[UUID, ...]
    model_id: UUID
    visibility: str


class CredentialIssuedV1(Model):
    """A person has a certificate. Aggregate: the credential, of the person's tenant."""

    TYPE: ClassVar[str] = "credential.issued.v1"

    booking_id: UUID
    credential_id: UUID
    issued_at: datetime
    person_id: UUID
    url: str


class CredentialRevokedV1(Model):
    """A certificate is no longer valid; `reason` is the issuer's words."""

    TYPE: ClassVar[str] = "credential.revoked.v1"

    booking_id: UUID
    credential_id: UUID
    person_id: UUID
    reason: str
    revoked_at: datetime


class IssuerCreatedV1(Model):
    """A tenant can sign certificates with a key of its own. Aggregate: the issuer, named by its
    tenant.
    """

    TYPE: ClassVar[str] = "issuer.created.v1"

    did: str
    verification_method: str


class OfferPublishedV1(Model):
    """Something can be learned and booked. Aggregate: the offer, of the tenant that provides it."""

    TYPE: ClassVar[str] = "offer.published.v1"

    competences: tuple[UUID, ...]
    duration_minutes: int
    kind: str
    offer_id: UUID
    title: str


class OperatorAccessEndedV1(Model):
    """Somebody ended an operator's access before its time: it ran `until`. Aggregate: the
    access.
    """

    TYPE: ClassVar[str] = "operator_access.ended.v1"

    access_id: UUID
    may_change: bool
    operator: str
    until: datetime


class OperatorAccessGrantedV1(Model):
    """An operator may act for a tenant until a moment. Aggregate: the access. `operator` is an
    opaque id.
    """

    TYPE: ClassVar[str] = "operator_access.granted.v1"

    access_id: UUID
    may_change: bool
    operator: str
    until: datetime


class ParticipationCompletedV1(Model):
    """The person completed what was booked. Aggregate: the booking, of the person's tenant."""

    TYPE: ClassVar[str] = "participation.completed.v1"

    achievement: AchievementV1
    booking_id: UUID
    completed_at: datetime
    offer_id: UUID
    person_id: UUID
    provider_id: UUID
    provider_name: str


class PersonErasedV1(Model):
    """Nothing is kept of a person but the opaque id; nobody is to keep more. Aggregate: the
    person.
    """

    TYPE: ClassVar[str] = "person.erased.v1"

    person_id: UUID


class PersonLeftV1(Model):
    """A person has left the tenant; `person.registered.v1` follows should they come back.
    Aggregate: the person.
    """

    TYPE: ClassVar[str] = "person.left.v1"

    left_on: date
    person_id: UUID


class PersonRegisteredV1(Model):
    """A tenant employs a person, again perhaps, or changed that person's roles. Aggregate: the
    person, an opaque id.
    """

    TYPE: ClassVar[str] = "person.registered.v1"

    person_id: UUID
    roles: tuple[str, ...]


class ProgrammeOpenedV1(Model):
    """A funder promises vouchers. Aggregate: the programme, of the funder's tenant."""

    TYPE: ClassVar[str] = "programme.opened.v1"

    closes_at: datetime
    name: str
    opens_at: datetime
    programme_id: UUID
    regions: tuple[str, ...]
    states: tuple[str, ...]
    tenant_kinds: tuple[str, ...]
    vouchers: int


class SharedOfferV1(Model):
    """An offer that a party shares. It counts only if that party provides it. Part of an event."""

    offer_id: UUID
    provider_id: UUID


class TenantActivatedV1(Model):
    """A tenant may use the platform from now on. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.activated.v1"

    kind: str
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantBrandedV1(Model):
    """A tenant looks so from now on, on pages and certificates. Aggregate: the tenant. Text in
    `text_colour` on `primary_colour` has a contrast of 4.5:1 at least; `logo` is base64, at
    most 64 KiB.
    """

    TYPE: ClassVar[str] = "tenant.branded.v1"

    display_name: str
    logo: str | None
    logo_type: str | None
    primary_colour: str
    text_colour: str


class TenantChangedV1(Model):
    """A tenant has another name or official key, or lies in other regions. Aggregate: the
    tenant.
    """

    TYPE: ClassVar[str] = "tenant.changed.v1"

    kind: str
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantDeletedV1(Model):
    """The data of a tenant that left is deleted; what the law keeps is kept. Aggregate: the
    tenant.
    """

    TYPE: ClassVar[str] = "tenant.deleted.v1"


class TenantLeavingV1(Model):
    """A tenant's membership will end; until its last day nothing changes. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.leaving.v1"

    kind: str
    last_day: date
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantLeftV1(Model):
    """A tenant's membership has ended; until its last export day it may fetch its data.
    Aggregate: the tenant.
    """

    TYPE: ClassVar[str] = "tenant.left.v1"

    kind: str
    last_export_day: date
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantResumedV1(Model):
    """A suspension was lifted, or a notice withdrawn. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.resumed.v1"

    kind: str
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class TenantSuspendedV1(Model):
    """A tenant may change nothing any more; what was begun comes to its end. Aggregate: the
    tenant.
    """

    TYPE: ClassVar[str] = "tenant.suspended.v1"

    kind: str
    name: str
    official_key: str | None
    regions: tuple[str, ...]
    state: str
    status: str | None = None


class VoucherExpiredV1(Model):
    """The voucher was not used in time; the booking it was held for lapses."""

    TYPE: ClassVar[str] = "voucher.expired.v1"

    booking_id: UUID
    person_id: UUID
    programme_id: UUID
    voucher_id: UUID


class VoucherRedeemedV1(Model):
    """The booking was completed; the voucher is used."""

    TYPE: ClassVar[str] = "voucher.redeemed.v1"

    booking_id: UUID
    person_id: UUID
    programme_id: UUID
    voucher_id: UUID


class VoucherRefusedV1(Model):
    """No voucher for this booking; `reason` is a stable code, `explanation` says it in words."""

    TYPE: ClassVar[str] = "voucher.refused.v1"

    booking_id: UUID
    explanation: str
    person_id: UUID
    programme_id: UUID | None
    reason: str
    voucher_id: UUID


class VoucherReleasedV1(Model):
    """The booking was given up; the voucher is back in its pool."""

    TYPE: ClassVar[str] = "voucher.released.v1"

    booking_id: UUID
    person_id: UUID
    programme_id: UUID
    voucher_id: UUID


class VoucherReservedV1(Model):
    """A voucher is held for a booking. Aggregate: the voucher, of the person's tenant."""

    TYPE: ClassVar[str] = "voucher.reserved.v1"

    booking_id: UUID
    expires_at: datetime
    person_id: UUID
    programme_id: UUID
    voucher_id: UUID
