"""The tables of the certificate service; migrations create them, repositories map them by hand."""

from sqlalchemy import (
    BigInteger,
    Column,
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

tenant = Table(
    "tenant",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

tenant_brand = Table(
    "tenant_brand",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("display_name", Text),
    Column("primary_colour", Text),
    Column("text_colour", Text),
    Column("logo", LargeBinary),
    Column("logo_type", Text),
    Column("version", BigInteger, nullable=False),
)

issuer_key = Table(
    "issuer_key",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("public_key_multibase", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("retired_at", DateTime(timezone=True)),
)

person = Table(
    "person",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("name", Text),
    Column("email", Text),
    Column("version", BigInteger, nullable=False),
)

status_list = Table(
    "status_list",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("list_id", Integer, primary_key=True),
    Column("bits", LargeBinary, nullable=False),
    Column("signed", LargeBinary),
    Column("valid_until", DateTime(timezone=True)),
)

award = Table(
    "award",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("award_id", Uuid, primary_key=True),
    Column("booking_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("achievement", JSONB, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("provider_name", Text, nullable=False),
    Column("completed_at", DateTime(timezone=True), nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text),
    Column("traceparent", Text),
    Column("state", Text, nullable=False),
    Column("credential_id", Uuid),
    Column("key_id", Text),
    Column("list_id", Integer),
    Column("status_index", Integer),
    Column("issued_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revocation_reason", Text),
    Column("version", BigInteger, nullable=False),
)

credential = Table(
    "credential",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("credential_id", Uuid, primary_key=True),
    Column("award_id", Uuid, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
