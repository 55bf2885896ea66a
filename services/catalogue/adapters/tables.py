"""The tables of the catalogue service; migrations create them, repositories map them by hand."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
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

person = Table(
    "person",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("is_there", Boolean, nullable=False),
)

agreement = Table(
    "agreement",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("agreement_id", Uuid, primary_key=True),
    Column("parts", JSONB, nullable=False),
    Column("offers", JSONB, nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
)

competence_model = Table(
    "competence_model",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("model_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("fields", JSONB, nullable=False),
)

offer = Table(
    "offer",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("offer_id", Uuid, primary_key=True),
    Column("provider_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("criteria", Text, nullable=False),
    Column("competences", JSONB, nullable=False),
    Column("duration_minutes", Integer, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True)),
    Column("ends_at", DateTime(timezone=True)),
    Column("capacity", Integer),
    Column("price_cents", BigInteger),
    Column("competence_fields", JSONB, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
)

seats = Table(
    "seats",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("offer_id", Uuid, primary_key=True),
    Column("capacity", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
)

booking = Table(
    "booking",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("booking_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("offer_id", Uuid, nullable=False),
    Column("offer_kind", Text, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("payment", Text, nullable=False),
    Column("programme_id", Uuid),
    Column("status", Text, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("price_cents", BigInteger),
    Column("competence_fields", JSONB, nullable=False),
    Column("reason", Text),
    Column("voucher_id", Uuid),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("waitlisted_at", DateTime(timezone=True)),
    Column("declined_at", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True)),
    Column("traceparent", Text),
    Column("version", BigInteger, nullable=False),
)
