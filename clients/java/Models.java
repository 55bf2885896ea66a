import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** Generated from the published JSON Schemas by `make contracts`; do not edit. */
final class Models {
    private Models() {}

    /**
     * What was learned, as it was on the day: the text of a certificate.
     */
    record AchievementV1(List<String> competences, String criteria, String description,
            Long duration_minutes, String name) {
    }

    /**
     * A running agreement has other parties, offers or another end. Who is no party any more hears it a
     * last time.
     */
    record AgreementChangedV1(UUID agreement_id, OffsetDateTime ends_at, List<SharedOfferV1> offers,
            List<AgreementPartyV1> parties, UUID proposer_id) {
        static final String TYPE = "agreement.changed.v1";
    }

    /**
     * Nothing is shared under the agreement any more.
     */
    record AgreementEndedV1(UUID agreement_id, UUID proposer_id, String reason) {
        static final String TYPE = "agreement.ended.v1";
    }

    /**
     * An organisation that takes part, as host, party or facilitator.
     */
    record AgreementPartyV1(String part, UUID tenant_id) {
    }

    /**
     * The parties' people may see and book what is shared, until `ends_at`.
     */
    record AgreementStartedV1(UUID agreement_id, OffsetDateTime ends_at, List<SharedOfferV1> offers,
            List<AgreementPartyV1> parties, UUID proposer_id) {
        static final String TYPE = "agreement.started.v1";
    }

    /**
     * An organisation's part of a programme is of this size.
     */
    record AllocationChangedV1(UUID allocation_id, Long available, UUID beneficiary_id,
            OffsetDateTime ended_at, UUID funder_id, OffsetDateTime give_back_at, UUID programme_id,
            Long units) {
        static final String TYPE = "allocation.changed.v1";
    }

    /**
     * The booking was given up before it was completed; a voucher held for it is free again.
     */
    record BookingCancelledV1(UUID booking_id, UUID offer_id, UUID person_id, PersonNameV1 person,
            UUID provider_id, String reason) {
        static final String TYPE = "booking.cancelled.v1";
    }

    /**
     * The person has a place.
     */
    record BookingConfirmedV1(UUID booking_id, UUID offer_id, UUID person_id, PersonNameV1 person,
            UUID provider_id) {
        static final String TYPE = "booking.confirmed.v1";
    }

    /**
     * The booking cannot be had.
     */
    record BookingDeclinedV1(UUID booking_id, UUID offer_id, UUID person_id, PersonNameV1 person,
            UUID provider_id, String reason) {
        static final String TYPE = "booking.declined.v1";
    }

    /**
     * A person wants an offer, paid with a voucher.
     */
    record BookingRequestedV1(UUID booking_id, UUID offer_id, String offer_kind, UUID person_id,
            PersonNameV1 person, UUID programme_id, UUID provider_id) {
        static final String TYPE = "booking.requested.v1";
    }

    /**
     * The date is full; the person moves up when a place gets free.
     */
    record BookingWaitlistedV1(UUID booking_id, UUID offer_id, UUID person_id, PersonNameV1 person,
            UUID provider_id) {
        static final String TYPE = "booking.waitlisted.v1";
    }

    /**
     * There are competences that targets and assessments may name.
     */
    record CompetenceModelPublishedV1(List<UUID> competences, UUID model_id, UUID owner_id,
            String visibility) {
        static final String TYPE = "competence_model.published.v1";
    }

    /**
     * A person has a certificate.
     */
    record CredentialIssuedV1(UUID booking_id, UUID credential_id, OffsetDateTime issued_at,
            UUID person_id, String url, PersonNameV1 person) {
        static final String TYPE = "credential.issued.v1";
    }

    /**
     * A certificate is no longer valid.
     */
    record CredentialRevokedV1(UUID booking_id, UUID credential_id, UUID person_id,
            OffsetDateTime revoked_at, PersonNameV1 person) {
        static final String TYPE = "credential.revoked.v1";
    }

    /**
     * A webhook endpoint has taken nothing for a day. Repair it before events expire.
     */
    record EndpointFailingV1(OffsetDateTime failing_since, OffsetDateTime oldest_event_expires_at,
            UUID subscription_id) {
        static final String TYPE = "endpoint.failing.v1";
    }

    /**
     * A webhook endpoint has taken nothing for three days and gets nothing more until it is resumed.
     */
    record EndpointPausedV1(OffsetDateTime failing_since, OffsetDateTime oldest_event_expires_at,
            UUID subscription_id) {
        static final String TYPE = "endpoint.paused.v1";
    }

    /**
     * The organisation can sign certificates with a key of its own.
     */
    record IssuerCreatedV1(String did, String verification_method) {
        static final String TYPE = "issuer.created.v1";
    }

    /**
     * A programme's ledger was compared with its pools and vouchers: daily, and when the result changes.
     */
    record LedgerReconciledV1(OffsetDateTime at, Long entries, Boolean ok, UUID programme_id,
            List<String> violated, Long wrong_entry) {
        static final String TYPE = "ledger.reconciled.v1";
    }

    /**
     * A programme's ledger has so many entries, and the last one's hash is `head`: keep it to tell changes
     * later.
     */
    record LedgerSealedV1(Long entries, String head, UUID programme_id, OffsetDateTime sealed_at) {
        static final String TYPE = "ledger.sealed.v1";
    }

    /**
     * Something can be learned and booked.
     */
    record OfferPublishedV1(List<UUID> competences, Long duration_minutes, String kind, UUID offer_id,
            UUID provider_id, String title, List<String> competence_fields, Long price_cents,
            String visibility) {
        static final String TYPE = "offer.published.v1";
    }

    /**
     * An operator's access was ended before its time; it ran `until`.
     */
    record OperatorAccessEndedV1(UUID access_id, Boolean may_change, String operator,
            OffsetDateTime until) {
        static final String TYPE = "operator_access.ended.v1";
    }

    /**
     * Somebody of the cooperative may act for the organisation until a moment.
     */
    record OperatorAccessGrantedV1(UUID access_id, Boolean may_change, String operator,
            OffsetDateTime until) {
        static final String TYPE = "operator_access.granted.v1";
    }

    /**
     * The person completed what was booked.
     */
    record ParticipationCompletedV1(AchievementV1 achievement, UUID booking_id,
            OffsetDateTime completed_at, UUID offer_id, UUID person_id, PersonNameV1 person,
            UUID provider_id, String provider_name) {
        static final String TYPE = "participation.completed.v1";
    }

    /**
     * Nothing is kept of a person but the opaque id. Erase what you keep of this person.
     */
    record PersonErasedV1(UUID person_id) {
        static final String TYPE = "person.erased.v1";
    }

    /**
     * A person has left; `person.registered.v1` follows should they come back.
     */
    record PersonLeftV1(LocalDate left_on, UUID person_id, PersonNameV1 person) {
        static final String TYPE = "person.left.v1";
    }

    /**
     * What a person is called: only where the organisation agreed to it, by pull and webhook, for its own
     * people.
     */
    record PersonNameV1(String email, String family_name, String given_name) {
    }

    /**
     * The organisation employs a person, again perhaps, or changed that person's roles.
     */
    record PersonRegisteredV1(UUID person_id, List<String> roles, PersonNameV1 person) {
        static final String TYPE = "person.registered.v1";
    }

    /**
     * A programme gives nothing any more; what is reserved may still be used.
     */
    record ProgrammeClosedV1(OffsetDateTime closed_at, UUID funder_id, UUID programme_id, Long expired,
            Long granted, Long redeemed, Long reserved, Long returned, String unit) {
        static final String TYPE = "programme.closed.v1";
    }

    /**
     * Of your programme so many per cent are reserved or used: told at 80 and at 95, again after a top-up.
     */
    record ProgrammeNearlyUsedV1(Long available, Long granted, Long percent, UUID programme_id,
            Long redeemed, Long reserved, String unit) {
        static final String TYPE = "programme.nearly_used.v1";
    }

    /**
     * A funder promises vouchers.
     */
    record ProgrammeOpenedV1(OffsetDateTime closes_at, UUID funder_id, String name,
            OffsetDateTime opens_at, UUID programme_id, List<String> regions, List<String> states,
            List<String> tenant_kinds, Long budget, Long cap_cents, List<String> competence_fields,
            List<String> offer_kinds, List<UUID> offers, List<String> roles, List<UUID> tenants,
            String unit, Long vouchers) {
        static final String TYPE = "programme.opened.v1";
    }

    /**
     * Your programme has got more.
     */
    record ProgrammeToppedUpV1(Long granted, UUID programme_id, String unit, Long units) {
        static final String TYPE = "programme.topped_up.v1";
    }

    /**
     * An offer that a party shares.
     */
    record SharedOfferV1(UUID offer_id, UUID provider_id) {
    }

    /**
     * The cooperative has issued an invoice or credit note.
     */
    record StatementIssuedV1(Long cents, LocalDate due_on, LocalDate issued_on, String kind,
            String number, LocalDate period_first_day, LocalDate period_last_day, UUID programme_id,
            String side, UUID statement_id, String corrects) {
        static final String TYPE = "statement.issued.v1";
    }

    /**
     * The organisation may use the platform from now on.
     */
    record TenantActivatedV1(String kind, String name, String official_key, List<String> regions,
            String state, String status) {
        static final String TYPE = "tenant.activated.v1";
    }

    /**
     * The organisation looks so from now on, on pages and certificates.
     */
    record TenantBrandedV1(String display_name, String primary_colour, String text_colour) {
        static final String TYPE = "tenant.branded.v1";
    }

    /**
     * The organisation has another name or official key, or lies in other regions.
     */
    record TenantChangedV1(String kind, String name, String official_key, List<String> regions,
            String state, String status) {
        static final String TYPE = "tenant.changed.v1";
    }

    /**
     * The membership will end; until its last day nothing changes.
     */
    record TenantLeavingV1(String kind, LocalDate last_day, String name, String official_key,
            List<String> regions, String state, String status) {
        static final String TYPE = "tenant.leaving.v1";
    }

    /**
     * The membership has ended; the data may be fetched until the last export day.
     */
    record TenantLeftV1(String kind, LocalDate last_export_day, String name, String official_key,
            List<String> regions, String state, String status) {
        static final String TYPE = "tenant.left.v1";
    }

    /**
     * The organisation may use so much of the feed from now on.
     */
    record TenantLimitedV1(Long events_per_day, Long subscriptions) {
        static final String TYPE = "tenant.limited.v1";
    }

    /**
     * A suspension was lifted, or a notice withdrawn.
     */
    record TenantResumedV1(String kind, String name, String official_key, List<String> regions,
            String state, String status) {
        static final String TYPE = "tenant.resumed.v1";
    }

    /**
     * The organisation may change nothing any more; what was begun comes to its end.
     */
    record TenantSuspendedV1(String kind, String name, String official_key, List<String> regions,
            String state, String status) {
        static final String TYPE = "tenant.suspended.v1";
    }

    /**
     * A voucher is held for a person, who has booked nothing with it yet.
     */
    record VoucherAssignedV1(UUID beneficiary_id, OffsetDateTime expires_at, UUID funder_id,
            UUID programme_id, Long units, UUID voucher_id, PersonNameV1 person, UUID person_id) {
        static final String TYPE = "voucher.assigned.v1";
    }

    /**
     * A voucher is no longer held for a person who booked nothing with it.
     */
    record VoucherAssignmentEndedV1(UUID beneficiary_id, UUID funder_id, UUID programme_id,
            String reason, UUID voucher_id, PersonNameV1 person, UUID person_id) {
        static final String TYPE = "voucher.assignment_ended.v1";
    }

    /**
     * The voucher was not used in time; the booking it was held for lapses.
     */
    record VoucherExpiredV1(UUID beneficiary_id, UUID programme_id, UUID voucher_id, UUID booking_id,
            UUID funder_id, PersonNameV1 person, UUID person_id) {
        static final String TYPE = "voucher.expired.v1";
    }

    /**
     * The booking was completed; of the voucher `units` are used (vouchers, or euro cents).
     */
    record VoucherRedeemedV1(UUID beneficiary_id, UUID programme_id, UUID voucher_id, UUID booking_id,
            Long entry, UUID funder_id, Boolean is_late, PersonNameV1 person, UUID person_id,
            Long units) {
        static final String TYPE = "voucher.redeemed.v1";
    }

    /**
     * No voucher for this booking.
     */
    record VoucherRefusedV1(UUID beneficiary_id, UUID programme_id, String reason, UUID voucher_id,
            UUID booking_id, String explanation, UUID funder_id, PersonNameV1 person, UUID person_id) {
        static final String TYPE = "voucher.refused.v1";
    }

    /**
     * The booking was given up; the voucher is back in its pool.
     */
    record VoucherReleasedV1(UUID beneficiary_id, UUID programme_id, UUID voucher_id, UUID booking_id,
            UUID funder_id, PersonNameV1 person, UUID person_id) {
        static final String TYPE = "voucher.released.v1";
    }

    /**
     * A voucher that is held ends soon, and is then given to others.
     */
    record VoucherReminderV1(UUID booking_id, OffsetDateTime expires_at, UUID funder_id, UUID person_id,
            UUID programme_id, UUID voucher_id, PersonNameV1 person) {
        static final String TYPE = "voucher.reminder.v1";
    }

    /**
     * A person asks for a voucher, or the request has got another status.
     */
    record VoucherRequestChangedV1(UUID leader_id, String next_step, UUID person_id, UUID programme_id,
            UUID request_id, String status, UUID voucher_id, PersonNameV1 person) {
        static final String TYPE = "voucher_request.changed.v1";
    }

    /**
     * A voucher is held for a booking.
     */
    record VoucherReservedV1(UUID beneficiary_id, OffsetDateTime expires_at, UUID programme_id,
            UUID voucher_id, UUID booking_id, UUID funder_id, PersonNameV1 person, UUID person_id) {
        static final String TYPE = "voucher.reserved.v1";
    }

    /**
     * The use of a voucher was taken back: `units` of it now, `reversed_units` of `redeemed_units` in all.
     */
    record VoucherReversedV1(UUID beneficiary_id, UUID programme_id, Long redeemed_units,
            Long reversed_units, Long reverses, Long units, UUID voucher_id, UUID booking_id,
            UUID funder_id, PersonNameV1 person, UUID person_id) {
        static final String TYPE = "voucher.reversed.v1";
    }
}
