"""The tables of allocations, requests, codes on paper and reminders, and the copy of whose account is whose."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.voucher.adapters.tables import metadata

account = Table(
    "account",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("account", Text),
    Column("version", BigInteger, nullable=False),
)

allocation = Table(
    "allocation",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("allocation_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, nullable=False),
    Column("beneficiary_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("give_back_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
)

voucher_request = Table(
    "voucher_request",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("programme_id", Uuid, nullable=False),
    Column("leader_id", Uuid),
    Column("steps", JSONB, nullable=False),
    Column("decisions", JSONB, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("voucher_id", Uuid),
    Column("version", BigInteger, nullable=False),
)

code_sheet = Table(
    "code_sheet",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("sheet_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("codes", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("withdrawn_at", DateTime(timezone=True)),
)

paper_code = Table(
    "paper_code",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("sheet_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("used", Integer, nullable=False),
)

code_use = Table(
    "code_use",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("voucher_id", Uuid, nullable=False),
)

voucher_reminder = Table(
    "voucher_reminder",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("voucher_id", Uuid, primary_key=True),
    Column("expires_at", DateTime(timezone=True), primary_key=True),
)
