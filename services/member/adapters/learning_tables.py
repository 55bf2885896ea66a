"""The tables of competence profiles, mandatory training, and the log of who read them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.member.adapters.tables import metadata

competence = Table(
    "competence",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("competence_id", Uuid, primary_key=True),
    Column("model_id", Uuid, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

learning_rules = Table(
    "learning_rules",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("leader_agreement", Text),
    Column("leader_agreed_on", Date),
    Column("keep_days", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

target_profile = Table(
    "target_profile",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("job_family_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("requirements", JSONB, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
    Column("set_by", Text, nullable=False),
)

assessment = Table(
    "assessment",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("assessment_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("competence_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("level", Numeric(4, 2), nullable=False),
    Column("sem", Numeric(4, 2)),
    Column("instrument", Text),
    Column("instrument_version", Text),
    Column("assessed_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("is_counted", Boolean, nullable=False),
)

group_batch = Table(
    "group_batch",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, primary_key=True),
    Column("job_family_id", Uuid, nullable=False),
    Column("competence_id", Uuid, nullable=False),
    Column("people", Integer, nullable=False),
    Column("level_sum", Numeric, nullable=False),
    Column("closed_at", DateTime(timezone=True), nullable=False),
)

mandatory_training = Table(
    "mandatory_training",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("training_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("offer_id", Uuid),
    Column("valid_days", Integer),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("dropped_at", DateTime(timezone=True)),
)

reading = Table(
    "reading",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("reading_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("reader", Text, nullable=False),
    Column("reader_roles", JSONB, nullable=False),
    Column("what", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
