"""The tables of the voucher service; migrations create them, repositories map them by hand."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, MetaData, Table, Text, Uuid
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
)

pool = Table(
    "pool",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("granted", BigInteger, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("redeemed", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

transfer = Table(
    "transfer",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("transfer_id", BigInteger, primary_key=True),
    Column("programme_id", Uuid, nullable=False),
    Column("debit", Text, nullable=False),
    Column("credit", Text, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("voucher_id", Uuid),
    Column("beneficiary_id", Uuid),
)

voucher = Table(
    "voucher",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("voucher_id", Uuid, primary_key=True),
    Column("booking_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("programme_id", Uuid),
    Column("funder_id", Uuid),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("explanation", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
)
