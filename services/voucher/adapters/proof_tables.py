"""The tables of proofs of use."""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.voucher.adapters.tables import metadata

financing_plan = Table(
    "financing_plan",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("positions", JSONB, nullable=False),
)

#: How many lines of evidence a programme has; whoever adds some locks its row, so that no number is skipped.
evidence_book = Table(
    "evidence_book",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("entries", BigInteger, nullable=False),
)

credential_evidence = Table(
    "credential_evidence",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("voucher_id", Uuid, nullable=False),
    Column("credential_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("event_id", Uuid, nullable=False),
)

#: `head` is text, since jsonb would not keep the order of its keys, which the files have.
proof = Table(
    "proof",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("proof_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("ledger_head", LargeBinary, nullable=False),
    Column("evidence", BigInteger, nullable=False),
    Column("settled", BigInteger, nullable=False),
    Column("accounts", JSONB, nullable=False),
    Column("positions", JSONB, nullable=False),
    Column("failure", Text),
    Column("head", Text, nullable=False),
    Column("files", JSONB, nullable=False),
    Column("version", BigInteger, nullable=False),
)

#: Kept as it was set: a later release may set the same figures otherwise.
proof_pdf = Table(
    "proof_pdf",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("proof_id", Uuid, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

proof_signature = Table(
    "proof_signature",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("proof_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("signed_at", DateTime(timezone=True), nullable=False),
)
