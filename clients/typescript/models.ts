// Generated from the published JSON Schemas by `make contracts`; do not edit.

/**
 * What was learned, as it was on the day: the text of a certificate.
 */
export interface AchievementV1 {
  competences: string[];
  criteria: string;
  description: string;
  duration_minutes: number;
  name: string;
}

/**
 * A running agreement has other parties, offers or another end. Who is no party any more hears it a
 * last time.
 */
export interface AgreementChangedV1 {
  agreement_id: string;
  ends_at: string | null;
  offers: SharedOfferV1[];
  parties: AgreementPartyV1[];
  proposer_id: string;
}

/**
 * Nothing is shared under the agreement any more.
 */
export interface AgreementEndedV1 {
  agreement_id: string;
  proposer_id: string;
  reason: string;
}

/**
 * An organisation that takes part, as host, party or facilitator.
 */
export interface AgreementPartyV1 {
  part: string;
  tenant_id: string;
}

/**
 * The parties' people may see and book what is shared, until `ends_at`.
 */
export interface AgreementStartedV1 {
  agreement_id: string;
  ends_at: string | null;
  offers: SharedOfferV1[];
  parties: AgreementPartyV1[];
  proposer_id: string;
}

/**
 * An organisation's part of a programme is of this size.
 */
export interface AllocationChangedV1 {
  allocation_id: string;
  available: number;
  beneficiary_id: string;
  ended_at: string | null;
  funder_id: string;
  give_back_at: string | null;
  programme_id: string;
  units: number;
}

/**
 * The booking was given up before it was completed; a voucher held for it is free again.
 */
export interface BookingCancelledV1 {
  booking_id: string;
  offer_id: string;
  person_id: string;
  person?: PersonNameV1 | null;
  provider_id?: string | null;
  reason?: string | null;
}

/**
 * The person has a place.
 */
export interface BookingConfirmedV1 {
  booking_id: string;
  offer_id: string;
  person_id: string;
  person?: PersonNameV1 | null;
  provider_id?: string | null;
}

/**
 * The booking cannot be had.
 */
export interface BookingDeclinedV1 {
  booking_id: string;
  offer_id: string;
  person_id: string;
  person?: PersonNameV1 | null;
  provider_id?: string | null;
  reason?: string | null;
}

/**
 * A person wants an offer, paid with a voucher.
 */
export interface BookingRequestedV1 {
  booking_id: string;
  offer_id: string;
  offer_kind: string;
  person_id: string;
  person?: PersonNameV1 | null;
  programme_id?: string | null;
  provider_id?: string | null;
}

/**
 * The date is full; the person moves up when a place gets free.
 */
export interface BookingWaitlistedV1 {
  booking_id: string;
  offer_id: string;
  person_id: string;
  person?: PersonNameV1 | null;
  provider_id?: string | null;
}

/**
 * There are competences that targets and assessments may name.
 */
export interface CompetenceModelPublishedV1 {
  competences: string[];
  model_id: string;
  owner_id: string;
  visibility: string;
}

/**
 * A person has a certificate.
 */
export interface CredentialIssuedV1 {
  booking_id: string;
  credential_id: string;
  issued_at: string;
  person_id: string;
  url: string;
  person?: PersonNameV1 | null;
}

/**
 * A certificate is no longer valid.
 */
export interface CredentialRevokedV1 {
  booking_id: string;
  credential_id: string;
  person_id: string;
  revoked_at: string;
  person?: PersonNameV1 | null;
}

/**
 * A webhook endpoint has taken nothing for a day. Repair it before events expire.
 */
export interface EndpointFailingV1 {
  failing_since: string;
  oldest_event_expires_at: string;
  subscription_id: string;
}

/**
 * A webhook endpoint has taken nothing for three days and gets nothing more until it is resumed.
 */
export interface EndpointPausedV1 {
  failing_since: string;
  oldest_event_expires_at: string;
  subscription_id: string;
}

/**
 * The organisation can sign certificates with a key of its own.
 */
export interface IssuerCreatedV1 {
  did: string;
  verification_method: string;
}

/**
 * A programme's ledger was compared with its pools and vouchers: daily, and when the result changes.
 */
export interface LedgerReconciledV1 {
  at: string;
  entries: number;
  ok: boolean;
  programme_id: string;
  violated?: string[];
  wrong_entry?: number | null;
}

/**
 * A programme's ledger has so many entries, and the last one's hash is `head`: keep it to tell changes
 * later.
 */
export interface LedgerSealedV1 {
  entries: number;
  head: string;
  programme_id: string;
  sealed_at: string;
}

/**
 * Something can be learned and booked.
 */
export interface OfferPublishedV1 {
  competences: string[];
  duration_minutes: number;
  kind: string;
  offer_id: string;
  provider_id: string;
  title: string;
  competence_fields?: string[];
  price_cents?: number | null;
  visibility?: string;
}

/**
 * An operator's access was ended before its time; it ran `until`.
 */
export interface OperatorAccessEndedV1 {
  access_id: string;
  may_change: boolean;
  operator: string;
  until: string;
}

/**
 * Somebody of the cooperative may act for the organisation until a moment.
 */
export interface OperatorAccessGrantedV1 {
  access_id: string;
  may_change: boolean;
  operator: string;
  until: string;
}

/**
 * The person completed what was booked.
 */
export interface ParticipationCompletedV1 {
  achievement: AchievementV1;
  booking_id: string;
  completed_at: string;
  offer_id: string;
  person_id: string;
  person?: PersonNameV1 | null;
  provider_id?: string | null;
  provider_name?: string | null;
}

/**
 * Nothing is kept of a person but the opaque id. Erase what you keep of this person.
 */
export interface PersonErasedV1 {
  person_id: string;
}

/**
 * A person has left; `person.registered.v1` follows should they come back.
 */
export interface PersonLeftV1 {
  left_on: string;
  person_id: string;
  person?: PersonNameV1 | null;
}

/**
 * What a person is called: only where the organisation agreed to it, by pull and webhook, for its own
 * people.
 */
export interface PersonNameV1 {
  email: string;
  family_name: string;
  given_name: string;
}

/**
 * The organisation employs a person, again perhaps, or changed that person's roles.
 */
export interface PersonRegisteredV1 {
  person_id: string;
  roles: string[];
  person?: PersonNameV1 | null;
}

/**
 * A programme gives nothing any more; what is reserved may still be used.
 */
export interface ProgrammeClosedV1 {
  closed_at: string;
  funder_id: string;
  programme_id: string;
  expired?: number | null;
  granted?: number | null;
  redeemed?: number | null;
  reserved?: number | null;
  returned?: number | null;
  unit?: string | null;
}

/**
 * Of your programme so many per cent are reserved or used: told at 80 and at 95, again after a top-up.
 */
export interface ProgrammeNearlyUsedV1 {
  available: number;
  granted: number;
  percent: number;
  programme_id: string;
  redeemed: number;
  reserved: number;
  unit: string;
}

/**
 * A funder promises vouchers.
 */
export interface ProgrammeOpenedV1 {
  closes_at: string;
  funder_id: string;
  name: string;
  opens_at: string;
  programme_id: string;
  regions: string[];
  states: string[];
  tenant_kinds: string[];
  budget?: number | null;
  cap_cents?: number | null;
  competence_fields?: string[];
  offer_kinds?: string[];
  offers?: string[];
  roles?: string[];
  tenants?: string[] | null;
  unit?: string;
  vouchers?: number | null;
}

/**
 * Your programme has got more.
 */
export interface ProgrammeToppedUpV1 {
  granted: number;
  programme_id: string;
  unit: string;
  units: number;
}

/**
 * An offer that a party shares.
 */
export interface SharedOfferV1 {
  offer_id: string;
  provider_id: string;
}

/**
 * The cooperative has issued an invoice or credit note.
 */
export interface StatementIssuedV1 {
  cents: number;
  due_on: string;
  issued_on: string;
  kind: string;
  number: string;
  period_first_day: string;
  period_last_day: string;
  programme_id: string;
  side: string;
  statement_id: string;
  corrects?: string | null;
}

/**
 * The organisation may use the platform from now on.
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
 * The organisation looks so from now on, on pages and certificates.
 */
export interface TenantBrandedV1 {
  display_name: string;
  primary_colour: string;
  text_colour: string;
}

/**
 * The organisation has another name or official key, or lies in other regions.
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
 * The membership will end; until its last day nothing changes.
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
 * The membership has ended; the data may be fetched until the last export day.
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
 * The organisation may use so much of the feed from now on.
 */
export interface TenantLimitedV1 {
  events_per_day: number;
  subscriptions: number;
}

/**
 * A suspension was lifted, or a notice withdrawn.
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
 * The organisation may change nothing any more; what was begun comes to its end.
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
 * A voucher is held for a person, who has booked nothing with it yet.
 */
export interface VoucherAssignedV1 {
  beneficiary_id: string;
  expires_at: string;
  funder_id: string;
  programme_id: string;
  units: number;
  voucher_id: string;
  person?: PersonNameV1 | null;
  person_id?: string | null;
}

/**
 * A voucher is no longer held for a person who booked nothing with it.
 */
export interface VoucherAssignmentEndedV1 {
  beneficiary_id: string;
  funder_id: string;
  programme_id: string;
  reason: string;
  voucher_id: string;
  person?: PersonNameV1 | null;
  person_id?: string | null;
}

/**
 * The voucher was not used in time; the booking it was held for lapses.
 */
export interface VoucherExpiredV1 {
  beneficiary_id: string;
  programme_id: string | null;
  voucher_id: string;
  booking_id?: string | null;
  funder_id?: string | null;
  person?: PersonNameV1 | null;
  person_id?: string | null;
}

/**
 * The booking was completed; of the voucher `units` are used (vouchers, or euro cents).
 */
export interface VoucherRedeemedV1 {
  beneficiary_id: string;
  programme_id: string | null;
  voucher_id: string;
  booking_id?: string | null;
  entry?: number | null;
  funder_id?: string | null;
  is_late?: boolean;
  person?: PersonNameV1 | null;
  person_id?: string | null;
  units?: number | null;
}

/**
 * No voucher for this booking.
 */
export interface VoucherRefusedV1 {
  beneficiary_id: string;
  programme_id: string | null;
  reason: string;
  voucher_id: string;
  booking_id?: string | null;
  explanation?: string | null;
  funder_id?: string | null;
  person?: PersonNameV1 | null;
  person_id?: string | null;
}

/**
 * The booking was given up; the voucher is back in its pool.
 */
export interface VoucherReleasedV1 {
  beneficiary_id: string;
  programme_id: string | null;
  voucher_id: string;
  booking_id?: string | null;
  funder_id?: string | null;
  person?: PersonNameV1 | null;
  person_id?: string | null;
}

/**
 * A voucher that is held ends soon, and is then given to others.
 */
export interface VoucherReminderV1 {
  booking_id: string | null;
  expires_at: string;
  funder_id: string;
  person_id: string;
  programme_id: string;
  voucher_id: string;
  person?: PersonNameV1 | null;
}

/**
 * A person asks for a voucher, or the request has got another status.
 */
export interface VoucherRequestChangedV1 {
  leader_id: string | null;
  next_step: string | null;
  person_id: string;
  programme_id: string;
  request_id: string;
  status: string;
  voucher_id: string | null;
  person?: PersonNameV1 | null;
}

/**
 * A voucher is held for a booking.
 */
export interface VoucherReservedV1 {
  beneficiary_id: string;
  expires_at: string;
  programme_id: string | null;
  voucher_id: string;
  booking_id?: string | null;
  funder_id?: string | null;
  person?: PersonNameV1 | null;
  person_id?: string | null;
}

/**
 * The use of a voucher was taken back: `units` of it now, `reversed_units` of `redeemed_units` in all.
 */
export interface VoucherReversedV1 {
  beneficiary_id: string;
  programme_id: string | null;
  redeemed_units: number;
  reversed_units: number;
  reverses: number;
  units: number;
  voucher_id: string;
  booking_id?: string | null;
  funder_id?: string | null;
  person?: PersonNameV1 | null;
  person_id?: string | null;
}
