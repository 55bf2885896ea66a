"""The tables of cooperation agreements."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.member.adapters.tables import metadata

agreement = Table(
    "agreement",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("agreement_id", Uuid, primary_key=True),
    Column("party_ids", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("proposal_revision", Integer),
    Column("last_revision", Integer, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    Column("end_explanation", Text),
    Column("shared", JSONB, nullable=False),
    Column("left_ids", JSONB, nullable=False),
    Column("heard", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
)

agreement_terms = Table(
    "agreement_terms",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("agreement_id", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("document", JSONB, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
)

agreement_declaration = Table(
    "agreement_declaration",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("declaration_id", Uuid, primary_key=True),
    Column("proposer_id", Uuid, nullable=False),
    Column("agreement_id", Uuid, nullable=False),
    Column("act", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("offer_id", Uuid),
)
