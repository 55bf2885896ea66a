"""The tables of the member service; migrations create them, repositories map them by hand."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

state = Table(
    "state",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key_prefix", Text),
)

region = Table(
    "region",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("states", JSONB, nullable=False),
    Column("key_prefixes", JSONB, nullable=False),
)

directory_edition = Table(
    "directory_edition",
    metadata,
    Column("stand", Date, primary_key=True),
)

municipality = Table(
    "municipality",
    metadata,
    Column("key", Text, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("name", Text, nullable=False),
    Column("valid_to", Date),
    Column("merged_into", Text),
)

tenant = Table(
    "tenant",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("official_key", Text),
    Column("key_identity", Text),
    Column("state", Text, nullable=False),
    Column("regions", JSONB, nullable=False),
    Column("contact_email", Text, nullable=False),
    Column("applicant", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("applied_at", DateTime(timezone=True), nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Column("active_at", DateTime(timezone=True)),
    Column("organization_id", Text),
    Column("version", BigInteger, nullable=False),
    Column("shares", Integer, nullable=False),
    Column("suspended_at", DateTime(timezone=True)),
    Column("suspension_reason", Text),
    Column("notice_by", Text),
    Column("notice_reason", Text),
    Column("notice_given_at", DateTime(timezone=True)),
    Column("last_day", Date),
    Column("left_at", DateTime(timezone=True)),
    Column("last_export_day", Date),
    Column("deleted_at", DateTime(timezone=True)),
)

onboarding_step = Table(
    "onboarding_step",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("direction", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("started_at", DateTime(timezone=True)),
    Column("done_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
)

onboarding_attempt = Table(
    "onboarding_attempt",
    metadata,
    Column("attempt_id", BigInteger, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("direction", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    Column("error", Text),
)

membership = Table(
    "membership",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("member_number", BigInteger, nullable=False),
)

register_entry = Table(
    "register_entry",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("shares", Integer, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("name", Text),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("ground", Text, nullable=False),
)

tenant_key = Table(
    "tenant_key",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column("official_key", Text, nullable=False),
    Column("key_identity", Text, nullable=False),
)

tenant_review = Table(
    "tenant_review",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("due_on", Date, primary_key=True),
)

tenant_quota = Table(
    "tenant_quota",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("people", Integer, nullable=False),
    Column("events_per_day", BigInteger, nullable=False),
    Column("machine_clients", Integer, nullable=False),
    Column("subscriptions", Integer, nullable=False),
    Column("people_present", Integer, nullable=False),
)

tenant_brand = Table(
    "tenant_brand",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("primary_colour", Text, nullable=False),
    Column("text_colour", Text, nullable=False),
    Column("logo", LargeBinary),
    Column("logo_type", Text),
)

tenant_domain = Table(
    "tenant_domain",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("challenge", Text, nullable=False),
    Column("claimed_at", DateTime(timezone=True), nullable=False),
    Column("verified_at", DateTime(timezone=True)),
)

identity_link = Table(
    "identity_link",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("protocol", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("domains", JSONB, nullable=False),
    Column("linked_at", DateTime(timezone=True), nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("external_id", Text),
    Column("user_name", Text),
    Column("user_key", Text),
    Column("display_name", Text),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("emails", JSONB, nullable=False),
    Column("enterprise", JSONB, nullable=False),
    Column("roles", JSONB, nullable=False),
    Column("job_family_id", Uuid),
    Column("leaves_on", Date),
    Column("has_left", Boolean, nullable=False),
    Column("erase_on", Date),
    Column("subject", Text),
    Column("registrations", BigInteger, nullable=False),
    Column("descriptions", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

person_due = Table(
    "person_due",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("due_on", Date, nullable=False),
)

erased_person = Table(
    "erased_person",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("erased_at", DateTime(timezone=True), nullable=False),
)

people_policy = Table(
    "people_policy",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("erase_after_days", Integer, nullable=False),
)

job_family = Table(
    "job_family",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("job_family_id", Uuid, primary_key=True),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
)

org_unit = Table(
    "org_unit",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("unit_id", Uuid, primary_key=True),
    Column("external_id", Text),
    Column("name", Text, nullable=False),
    Column("parent_id", Uuid),
    Column("version", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

unit_member = Table(
    "unit_member",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("unit_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
)

unit_leader = Table(
    "unit_leader",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("unit_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
)

scim_token = Table(
    "scim_token",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("token_id", Uuid, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)

person_record = Table(
    "person_record",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("booking_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("title", Text),
    Column("offer_id", Uuid),
    Column("completed_at", DateTime(timezone=True)),
    Column("credential_url", Text),
    Column("credential_issued_at", DateTime(timezone=True)),
)

account_check = Table(
    "account_check",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
)

machine_client = Table(
    "machine_client",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("client_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("generation", Integer, nullable=False),
    Column("ready_generation", Integer, nullable=False),
    Column("secret_shown_at", DateTime(timezone=True)),
    Column("previous_until", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("due_at", DateTime(timezone=True)),
)

operator_access = Table(
    "operator_access",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("access_id", Uuid, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("may_change", Boolean, nullable=False),
    Column("granted_at", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Text),
    Column("version", BigInteger, nullable=False),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
