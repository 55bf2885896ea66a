// Generated from the published JSON Schemas by `make contracts`; do not edit.

/**
 * What was learned, as it was on the day: the text of a certificate. Part of an event.
 */
export interface AchievementV1 {
  competences: string[];
  criteria: string;
  description: string;
  duration_minutes: number;
  name: string;
}

/**
 * A running agreement has other parties, offers or another end from now on; all of it stands here.
 */
export interface AgreementChangedV1 {
  agreement_id: string;
  ends_at: string | null;
  offers: SharedOfferV1[];
  parties: AgreementPartyV1[];
}

/**
 * Nothing is shared under the agreement any more; `reason` is a stable code.
 */
export interface AgreementEndedV1 {
  agreement_id: string;
  reason: string;
}

/**
 * A member that takes part, as host, party or facilitator. Part of an event.
 */
export interface AgreementPartyV1 {
  part: string;
  tenant_id: string;
}

/**
 * The parties' people may see and book what is shared, until `ends_at`. Aggregate: the agreement.
 */
export interface AgreementStartedV1 {
  agreement_id: string;
  ends_at: string | null;
  offers: SharedOfferV1[];
  parties: AgreementPartyV1[];
}

/**
 * The booking was given up before it was completed; a voucher held for it is free again.
 */
export interface BookingCancelledV1 {
  booking_id: string;
  offer_id: string;
  person_id: string;
  reason: string;
}

/**
 * The person has a place.
 */
export interface BookingConfirmedV1 {
  booking_id: string;
  offer_id: string;
  person_id: string;
}

/**
 * The booking cannot be had; `reason` is a stable code.
 */
export interface BookingDeclinedV1 {
  booking_id: string;
  offer_id: string;
  person_id: string;
  reason: string;
}

/**
 * A person wants an offer, paid with a voucher. Aggregate: the booking, of the person's tenant.
 */
export interface BookingRequestedV1 {
  booking_id: string;
  offer_id: string;
  offer_kind: string;
  person_id: string;
  programme_id: string | null;
  provider_id: string;
}

/**
 * The date is full; the person moves up when a place gets free.
 */
export interface BookingWaitlistedV1 {
  booking_id: string;
  offer_id: string;
  person_id: string;
}

/**
 * There are competences that targets and assessments may name. Aggregate: the model. `visibility` is
 * `own`, for the tenant alone, or `cooperative`, for every tenant.
 */
export interface CompetenceModelPublishedV1 {
  competences: string[];
  model_id: string;
  visibility: string;
}

/**
 * A person has a certificate. Aggregate: the credential, of the person's tenant.
 */
export interface CredentialIssuedV1 {
  booking_id: string;
  credential_id: string;
  issued_at: string;
  person_id: string;
  url: string;
}

/**
 * A certificate is no longer valid; `reason` is the issuer's words.
 */
export interface CredentialRevokedV1 {
  booking_id: string;
  credential_id: string;
  person_id: string;
  reason: string;
  revoked_at: string;
}

/**
 * A tenant can sign certificates with a key of its own. Aggregate: the issuer, named by its tenant.
 */
export interface IssuerCreatedV1 {
  did: string;
  verification_method: string;
}

/**
 * Something can be learned and booked. Aggregate: the offer, of the tenant that provides it.
 */
export interface OfferPublishedV1 {
  competences: string[];
  duration_minutes: number;
  kind: string;
  offer_id: string;
  title: string;
}

/**
 * Somebody ended an operator's access before its time: it ran `until`. Aggregate: the access.
 */
export interface OperatorAccessEndedV1 {
  access_id: string;
  may_change: boolean;
  operator: string;
  until: string;
}

/**
 * An operator may act for a tenant until a moment. Aggregate: the access. `operator` is an opaque id.
 */
export interface OperatorAccessGrantedV1 {
  access_id: string;
  may_change: boolean;
  operator: string;
  until: string;
}

/**
 * The person completed what was booked. Aggregate: the booking, of the person's tenant.
 */
export interface ParticipationCompletedV1 {
  achievement: AchievementV1;
  booking_id: string;
  completed_at: string;
  offer_id: string;
  person_id: string;
  provider_id: string;
  provider_name: string;
}

/**
 * Nothing is kept of a person but the opaque id; nobody is to keep more. Aggregate: the person.
 */
export interface PersonErasedV1 {
  person_id: string;
}

/**
 * A person has left the tenant; `person.registered.v1` follows should they come back. Aggregate: the
 * person.
 */
export interface PersonLeftV1 {
  left_on: string;
  person_id: string;
}

/**
 * A tenant employs a person, again perhaps, or changed that person's roles. Aggregate: the person, an
 * opaque id.
 */
export interface PersonRegisteredV1 {
  person_id: string;
  roles: string[];
}

/**
 * A funder promises vouchers. Aggregate: the programme, of the funder's tenant.
 */
export interface ProgrammeOpenedV1 {
  closes_at: string;
  name: string;
  opens_at: string;
  programme_id: string;
  regions: string[];
  states: string[];
  tenant_kinds: string[];
  vouchers: number;
}

/**
 * An offer that a party shares. It counts only if that party provides it. Part of an event.
 */
export interface SharedOfferV1 {
  offer_id: string;
  provider_id: string;
}

/**
 * A tenant may use the platform from now on. Aggregate: the tenant.
 */
export interface TenantActivatedV1 {
  kind: string;
  name: string;
  official_key: string | null;
  regions: string[];
  state: string;
  status?: string;
}

/**
 * A tenant looks so from now on, on pages and certificates. Aggregate: the tenant. Text in
 * `text_colour` on `primary_colour` has a contrast of 4.5:1 at least; `logo` is base64, at most 64
 * KiB.
 */
export interface TenantBrandedV1 {
  display_name: string;
  logo: string | null;
  logo_type: string | null;
  primary_colour: string;
  text_colour: string;
}

/**
 * A tenant has another name or official key, or lies in other regions. Aggregate: the tenant.
 */
export interface TenantChangedV1 {
  kind: string;
  name: string;
  official_key: string | null;
  regions: string[];
  state: string;
  status?: string;
}

/**
 * The data of a tenant that left is deleted; what the law keeps is kept. Aggregate: the tenant.
 */
export interface TenantDeletedV1 {
}

/**
 * A tenant's membership will end; until its last day nothing changes. Aggregate: the tenant.
 */
export interface TenantLeavingV1 {
  kind: string;
  last_day: string;
  name: string;
  official_key: string | null;
  regions: string[];
  state: string;
  status?: string;
}

/**
 * A tenant's membership has ended; until its last export day it may fetch its data. Aggregate: the
 * tenant.
 */
export interface TenantLeftV1 {
  kind: string;
  last_export_day: string;
  name: string;
  official_key: string | null;
  regions: string[];
  state: string;
  status?: string;
}

/**
 * A suspension was lifted, or a notice withdrawn. Aggregate: the tenant.
 */
export interface TenantResumedV1 {
  kind: string;
  name: string;
  official_key: string | null;
  regions: string[];
  state: string;
  status?: string;
}

/**
 * A tenant may change nothing any more; what was begun comes to its end. Aggregate: the tenant.
 */
export interface TenantSuspendedV1 {
  kind: string;
  name: string;
  official_key: string | null;
  regions: string[];
  state: string;
  status?: string;
}

/**
 * The voucher was not used in time; the booking it was held for lapses.
 */
export interface VoucherExpiredV1 {
  booking_id: string;
  person_id: string;
  programme_id: string;
  voucher_id: string;
}

/**
 * The booking was completed; the voucher is used.
 */
export interface VoucherRedeemedV1 {
  booking_id: string;
  person_id: string;
  programme_id: string;
  voucher_id: string;
}

/**
 * No voucher for this booking; `reason` is a stable code, `explanation` says it in words.
 */
export interface VoucherRefusedV1 {
  booking_id: string;
  explanation: string;
  person_id: string;
  programme_id: string | null;
  reason: string;
  voucher_id: string;
}

/**
 * The booking was given up; the voucher is back in its pool.
 */
export interface VoucherReleasedV1 {
  booking_id: string;
  person_id: string;
  programme_id: string;
  voucher_id: string;
}

/**
 * A voucher is held for a booking. Aggregate: the voucher, of the person's tenant.
 */
export interface VoucherReservedV1 {
  booking_id: string;
  expires_at: string;
  person_id: string;
  programme_id: string;
  voucher_id: string;
}
