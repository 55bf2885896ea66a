import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** Generated from the published JSON Schemas by `make contracts`; do not edit. */
final class Models {
    private Models() {}

    /**
     * What was learned, as it was on the day: the text of a certificate. Part of an event.
     */
    record AchievementV1(List<String> competences, String criteria, String description,
            Long duration_minutes, String name) {
    }

    /**
     * A running agreement has other parties, offers or another end from now on; all of it stands here.
     */
    record AgreementChangedV1(UUID agreement_id, OffsetDateTime ends_at, List<SharedOfferV1> offers,
            List<AgreementPartyV1> parties) {
        static final String TYPE = "agreement.changed.v1";
    }

    /**
     * Nothing is shared under the agreement any more; `reason` is a stable code.
     */
    record AgreementEndedV1(UUID agreement_id, String reason) {
        static final String TYPE = "agreement.ended.v1";
    }

    /**
     * A member that takes part, as host, party or facilitator. Part of an event.
     */
    record AgreementPartyV1(String part, UUID tenant_id) {
    }

    /**
     * The parties' people may see and book what is shared, until `ends_at`. Aggregate: the agreement.
     */
    record AgreementStartedV1(UUID agreement_id, OffsetDateTime ends_at, List<SharedOfferV1> offers,
            List<AgreementPartyV1> parties) {
        static final String TYPE = "agreement.started.v1";
    }

    /**
     * The booking was given up before it was completed; a voucher held for it is free again.
     */
    record BookingCancelledV1(UUID booking_id, UUID offer_id, UUID person_id, String reason) {
        static final String TYPE = "booking.cancelled.v1";
    }

    /**
     * The person has a place.
     */
    record BookingConfirmedV1(UUID booking_id, UUID offer_id, UUID person_id) {
        static final String TYPE = "booking.confirmed.v1";
    }

    /**
     * The booking cannot be had; `reason` is a stable code.
     */
    record BookingDeclinedV1(UUID booking_id, UUID offer_id, UUID person_id, String reason) {
        static final String TYPE = "booking.declined.v1";
    }

    /**
     * A person wants an offer, paid with a voucher. Aggregate: the booking, of the person's tenant.
     */
    record BookingRequestedV1(UUID booking_id, UUID offer_id, String offer_kind, UUID person_id,
            UUID programme_id, UUID provider_id) {
        static final String TYPE = "booking.requested.v1";
    }

    /**
     * The date is full; the person moves up when a place gets free.
     */
    record BookingWaitlistedV1(UUID booking_id, UUID offer_id, UUID person_id) {
        static final String TYPE = "booking.waitlisted.v1";
    }

    /**
     * There are competences that targets and assessments may name. Aggregate: the model. `visibility` is
     * `own`, for the tenant alone, or `cooperative`, for every tenant.
     */
    record CompetenceModelPublishedV1(List<UUID> competences, UUID model_id, String visibility) {
        static final String TYPE = "competence_model.published.v1";
    }

    /**
     * A person has a certificate. Aggregate: the credential, of the person's tenant.
     */
    record CredentialIssuedV1(UUID booking_id, UUID credential_id, OffsetDateTime issued_at,
            UUID person_id, String url) {
        static final String TYPE = "credential.issued.v1";
    }

    /**
     * A certificate is no longer valid; `reason` is the issuer's words.
     */
    record CredentialRevokedV1(UUID booking_id, UUID credential_id, UUID person_id, String reason,
            OffsetDateTime revoked_at) {
        static final String TYPE = "credential.revoked.v1";
    }

    /**
     * A tenant can sign certificates with a key of its own. Aggregate: the issuer, named by its tenant.
     */
    record IssuerCreatedV1(String did, String verification_method) {
        static final String TYPE = "issuer.created.v1";
    }

    /**
     * Something can be learned and booked. Aggregate: the offer, of the tenant that provides it.
     */
    record OfferPublishedV1(List<UUID> competences, Long duration_minutes, String kind, UUID offer_id,
            String title) {
        static final String TYPE = "offer.published.v1";
    }

    /**
     * Somebody ended an operator's access before its time: it ran `until`. Aggregate: the access.
     */
    record OperatorAccessEndedV1(UUID access_id, Boolean may_change, String operator,
            OffsetDateTime until) {
        static final String TYPE = "operator_access.ended.v1";
    }

    /**
     * An operator may act for a tenant until a moment. Aggregate: the access. `operator` is an opaque id.
     */
    record OperatorAccessGrantedV1(UUID access_id, Boolean may_change, String operator,
            OffsetDateTime until) {
        static final String TYPE = "operator_access.granted.v1";
    }

    /**
     * The person completed what was booked. Aggregate: the booking, of the person's tenant.
     */
    record ParticipationCompletedV1(AchievementV1 achievement, UUID booking_id,
            OffsetDateTime completed_at, UUID offer_id, UUID person_id, UUID provider_id,
            String provider_name) {
        static final String TYPE = "participation.completed.v1";
    }

    /**
     * Nothing is kept of a person but the opaque id; nobody is to keep more. Aggregate: the person.
     */
    record PersonErasedV1(UUID person_id) {
        static final String TYPE = "person.erased.v1";
    }

    /**
     * A person has left the tenant; `person.registered.v1` follows should they come back. Aggregate: the
     * person.
     */
    record PersonLeftV1(LocalDate left_on, UUID person_id) {
        static final String TYPE = "person.left.v1";
    }

    /**
     * A tenant employs a person, again perhaps, or changed that person's roles. Aggregate: the person, an
     * opaque id.
     */
    record PersonRegisteredV1(UUID person_id, List<String> roles) {
        static final String TYPE = "person.registered.v1";
    }

    /**
     * A funder promises vouchers. Aggregate: the programme, of the funder's tenant.
     */
    record ProgrammeOpenedV1(OffsetDateTime closes_at, String name, OffsetDateTime opens_at,
            UUID programme_id, List<String> regions, List<String> states, List<String> tenant_kinds,
            Long vouchers) {
        static final String TYPE = "programme.opened.v1";
    }

    /**
     * An offer that a party shares. It counts only if that party provides it. Part of an event.
     */
    record SharedOfferV1(UUID offer_id, UUID provider_id) {
    }

    /**
     * A tenant may use the platform from now on. Aggregate: the tenant.
     */
    record TenantActivatedV1(String kind, String name, String official_key, List<String> regions,
            String state, String status) {
        static final String TYPE = "tenant.activated.v1";
    }

    /**
     * A tenant looks so from now on, on pages and certificates. Aggregate: the tenant. Text in
     * `text_colour` on `primary_colour` has a contrast of 4.5:1 at least; `logo` is base64, at most 64
     * KiB.
     */
    record TenantBrandedV1(String display_name, String logo, String logo_type, String primary_colour,
            String text_colour) {
        static final String TYPE = "tenant.branded.v1";
    }

    /**
     * A tenant has another name or official key, or lies in other regions. Aggregate: the tenant.
     */
    record TenantChangedV1(String kind, String name, String official_key, List<String> regions,
            String state, String status) {
        static final String TYPE = "tenant.changed.v1";
    }

    /**
     * The data of a tenant that left is deleted; what the law keeps is kept. Aggregate: the tenant.
     */
    record TenantDeletedV1() {
        static final String TYPE = "tenant.deleted.v1";
    }

    /**
     * A tenant's membership will end; until its last day nothing changes. Aggregate: the tenant.
     */
    record TenantLeavingV1(String kind, LocalDate last_day, String name, String official_key,
            List<String> regions, String state, String status) {
        static final String TYPE = "tenant.leaving.v1";
    }

    /**
     * A tenant's membership has ended; until its last export day it may fetch its data. Aggregate: the
     * tenant.
     */
    record TenantLeftV1(String kind, LocalDate last_export_day, String name, String official_key,
            List<String> regions, String state, String status) {
        static final String TYPE = "tenant.left.v1";
    }

    /**
     * A suspension was lifted, or a notice withdrawn. Aggregate: the tenant.
     */
    record TenantResumedV1(String kind, String name, String official_key, List<String> regions,
            String state, String status) {
        static final String TYPE = "tenant.resumed.v1";
    }

    /**
     * A tenant may change nothing any more; what was begun comes to its end. Aggregate: the tenant.
     */
    record TenantSuspendedV1(String kind, String name, String official_key, List<String> regions,
            String state, String status) {
        static final String TYPE = "tenant.suspended.v1";
    }

    /**
     * The voucher was not used in time; the booking it was held for lapses.
     */
    record VoucherExpiredV1(UUID booking_id, UUID person_id, UUID programme_id, UUID voucher_id) {
        static final String TYPE = "voucher.expired.v1";
    }

    /**
     * The booking was completed; the voucher is used.
     */
    record VoucherRedeemedV1(UUID booking_id, UUID person_id, UUID programme_id, UUID voucher_id) {
        static final String TYPE = "voucher.redeemed.v1";
    }

    /**
     * No voucher for this booking; `reason` is a stable code, `explanation` says it in words.
     */
    record VoucherRefusedV1(UUID booking_id, String explanation, UUID person_id, UUID programme_id,
            String reason, UUID voucher_id) {
        static final String TYPE = "voucher.refused.v1";
    }

    /**
     * The booking was given up; the voucher is back in its pool.
     */
    record VoucherReleasedV1(UUID booking_id, UUID person_id, UUID programme_id, UUID voucher_id) {
        static final String TYPE = "voucher.released.v1";
    }

    /**
     * A voucher is held for a booking. Aggregate: the voucher, of the person's tenant.
     */
    record VoucherReservedV1(UUID booking_id, OffsetDateTime expires_at, UUID person_id,
            UUID programme_id, UUID voucher_id) {
        static final String TYPE = "voucher.reserved.v1";
    }
}
