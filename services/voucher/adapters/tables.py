"""The tables of the voucher service; migrations create them, repositories map them by hand."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
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
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("regions", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

programme = Table(
    "programme",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("eligibility", JSONB, nullable=False),
    Column("vouchers_per_person", Integer, nullable=False),
    Column("opens_at", DateTime(timezone=True), nullable=False),
    Column("closes_at", DateTime(timezone=True), nullable=False),
    Column("reservation_seconds", BigInteger, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("budget", BigInteger, nullable=False),
    Column("cap_cents", BigInteger),
    Column("vouchers_per_tenant", BigInteger),
    Column("vouchers_per_month", BigInteger),
    Column("distribution", Text, nullable=False),
    Column("approval", JSONB, nullable=False),
    Column("assignment_seconds", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("closed_at", DateTime(timezone=True)),
)

#: The row that whoever changes a programme locks, with the sum of its pools.
book = Table(
    "book",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("entries", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("redeemed", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
    Column("warned", SmallInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
)

pool = Table(
    "pool",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("pool_id", Uuid, primary_key=True),
    Column("beneficiary_id", Uuid),
    Column("granted", BigInteger, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("redeemed", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
)

#: Partitioned by programme, so that its index stays small.
transfer = Table(
    "transfer",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("entry", BigInteger, primary_key=True),
    Column("pool_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("debit", Text, nullable=False),
    Column("credit", Text, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("voucher_id", Uuid),
    Column("beneficiary_id", Uuid),
    Column("reverses", BigInteger),
    Column("cause_id", Uuid),
    Column("reason", Text),
    Column("hash", LargeBinary, nullable=False),
)

#: The heads that were published.
seal = Table(
    "seal",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("entries", BigInteger, primary_key=True),
    Column("head", LargeBinary, nullable=False),
    Column("sealed_at", DateTime(timezone=True), nullable=False),
)

#: How far each ledger is compared, and what was found.
reconciliation = Table(
    "reconciliation",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("violated", JSONB, nullable=False),
    Column("wrong_entry", BigInteger),
    Column("whole_at", DateTime(timezone=True)),
    Column("told_at", DateTime(timezone=True)),
)

#: What was in each pool when its ledger was compared last.
compared_pool = Table(
    "compared_pool",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("pool_id", Uuid, primary_key=True),
    Column("granted", BigInteger, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("redeemed", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
)

voucher = Table(
    "voucher",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("voucher_id", Uuid, primary_key=True),
    Column("booking_id", Uuid),
    Column("person_id", Uuid, nullable=False),
    Column("programme_id", Uuid),
    Column("funder_id", Uuid),
    Column("pool_id", Uuid),
    Column("status", Text, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("redeemed_units", BigInteger, nullable=False),
    Column("reversed_units", BigInteger, nullable=False),
    Column("redeemed_entry", BigInteger),
    Column("is_late", Boolean, nullable=False),
    Column("provider_id", Uuid),
    Column("offer_id", Uuid),
    Column("offer_kind", Text),
    Column("price_cents", BigInteger),
    Column("competence_fields", JSONB, nullable=False),
    Column("reason", Text),
    Column("explanation", Text),
    Column("reason_parameters", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("redeemed_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("roles", JSONB, nullable=False),
    Column("is_there", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

claim_count = Table(
    "claim_count",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("beneficiary_id", Uuid, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("claims", BigInteger, nullable=False),
)
