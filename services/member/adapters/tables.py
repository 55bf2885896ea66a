"""The tables of the member service; migrations create them, repositories map them by hand."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, Uuid
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
    Column("steps_done", JSONB, nullable=False),
    Column("organization_id", Text),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("due_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("external_id", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("roles", JSONB, nullable=False),
    Column("registrations", BigInteger, nullable=False),
    Column("descriptions", BigInteger, nullable=False),
)

person_record = Table(
    "person_record",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("booking_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("title", Text),
    Column("completed_at", DateTime(timezone=True)),
    Column("credential_url", Text),
    Column("credential_issued_at", DateTime(timezone=True)),
)
