"""Programmes, pools, ledger, vouchers, and the copy of tenants."""

from alembic import op

from shared.database.isolation import (
    ACTS_FOR,
    IS_OPERATOR,
    create_isolation_functions,
    isolate,
)
from shared.http.idempotency import create_idempotency_keys
from shared.inbox.tables import create_inbox
from shared.outbox.tables import create_outbox

revision = "0001"
down_revision = None
kind = "expand"

_TABLES = """
CREATE TABLE tenant (
    tenant_id uuid PRIMARY KEY, name text NOT NULL, kind text NOT NULL, state text NOT NULL,
    regions jsonb NOT NULL, version bigint NOT NULL
);
CREATE TABLE programme (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL UNIQUE, name text NOT NULL, reference text NOT NULL,
    eligibility jsonb NOT NULL, vouchers_per_person integer NOT NULL CHECK (vouchers_per_person > 0),
    opens_at timestamptz NOT NULL, closes_at timestamptz NOT NULL CHECK (closes_at > opens_at),
    reservation_seconds bigint NOT NULL CHECK (reservation_seconds > 0),
    PRIMARY KEY (tenant_id, programme_id)
);
CREATE TABLE pool (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL,
    granted bigint NOT NULL, available bigint NOT NULL CHECK (available >= 0),
    reserved bigint NOT NULL CHECK (reserved >= 0), redeemed bigint NOT NULL CHECK (redeemed >= 0),
    expired bigint NOT NULL CHECK (expired >= 0), returned bigint NOT NULL CHECK (returned >= 0),
    is_closed boolean NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, programme_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id),
    CHECK (granted = available + reserved + redeemed + expired + returned)
) WITH (fillfactor = 50);
CREATE TABLE transfer (
    tenant_id uuid NOT NULL, transfer_id bigint GENERATED ALWAYS AS IDENTITY, programme_id uuid NOT NULL,
    debit text NOT NULL, credit text NOT NULL CHECK (credit <> debit), units bigint NOT NULL CHECK (units > 0),
    at timestamptz NOT NULL, voucher_id uuid, beneficiary_id uuid,
    PRIMARY KEY (tenant_id, transfer_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE INDEX transfer_programme ON transfer (tenant_id, programme_id, transfer_id);
CREATE TABLE voucher (
    tenant_id uuid NOT NULL, voucher_id uuid NOT NULL, booking_id uuid NOT NULL, person_id uuid NOT NULL,
    programme_id uuid, funder_id uuid, status text NOT NULL, reason text, explanation text,
    created_at timestamptz NOT NULL, expires_at timestamptz, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, voucher_id), UNIQUE (tenant_id, booking_id),
    FOREIGN KEY (funder_id, programme_id) REFERENCES programme (tenant_id, programme_id)
) WITH (fillfactor = 80);
CREATE INDEX voucher_booking ON voucher (booking_id);
CREATE INDEX voucher_person ON voucher (programme_id, person_id);
CREATE INDEX voucher_due ON voucher (expires_at) WHERE status = 'reserved'
"""

_IMMUTABLE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: correct it by another transfer';
END $$
"""


def upgrade() -> None:
    """Create everything."""
    create_isolation_functions(op)
    create_outbox(op)
    create_inbox(op)
    create_idempotency_keys(op)
    for statement in _TABLES.split(";"):
        op.execute(statement)
    op.execute(_IMMUTABLE)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    isolate(op, "tenant")
    # A programme's terms are a public promise; its pool, ledger and vouchers are not.
    isolate(op, "programme", also_read="true")
    isolate(op, "pool")
    isolate(op, "transfer")
    # A funder sees the claims on its programmes; the schedule finds those whose time is over.
    funder = ACTS_FOR.format(column="funder_id")
    isolate(op, "voucher", also_read=f"{funder} OR {IS_OPERATOR}")
