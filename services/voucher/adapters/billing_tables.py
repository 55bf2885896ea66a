"""The tables of billing: parties, prices, and what was issued; nothing issued or agreed ever changes."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.voucher.adapters.tables import metadata

billing_party = Table(
    "billing_party",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("party", JSONB, nullable=False),
)

programme_billing = Table(
    "programme_billing",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("payment_days", Integer, nullable=False),
)

price = Table(
    "price",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("price_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, nullable=False),
    Column("offer_id", Uuid),
    Column("title", Text, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("vat_percent", Integer, nullable=False),
    Column("vat_exemption", Text, nullable=False),
    Column("cents", BigInteger),
    Column("fee_per_mille", Integer, nullable=False),
)

settlement = Table(
    "settlement",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("entry", BigInteger, nullable=False),
    Column("last_day", Date),
)

statement = Table(
    "statement",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("statement_id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("programme_id", Uuid, nullable=False),
    Column("funder_id", Uuid, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("corrects", Text),
    Column("document", JSONB, nullable=False),
)

statement_claim = Table(
    "statement_claim",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("programme_id", Uuid, primary_key=True),
    Column("entry", BigInteger, primary_key=True),
    Column("statement_id", Uuid, nullable=False),
    Column("funder_id", Uuid, nullable=False),
    Column("redeemed_entry", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("voucher_id", Uuid, nullable=False),
    Column("booking_id", Uuid),
    Column("beneficiary_id", Uuid, nullable=False),
    Column("offer_id", Uuid),
)
