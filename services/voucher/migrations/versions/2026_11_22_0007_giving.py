"""How units are given out: allocations, requests, codes on paper, reminders; and whose account is whose.

Works with the release before, which does not use these tables.
"""

from alembic import op

from shared.database.isolation import ACTS_FOR, IS_OPERATOR, isolate

revision = "0007"
down_revision = "0008"
kind = "expand"

_TABLES = """
CREATE TABLE account (
    tenant_id uuid NOT NULL, person_id uuid NOT NULL, account text, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, person_id)
);
CREATE INDEX account_of ON account (tenant_id, account);
CREATE TABLE allocation (
    tenant_id uuid NOT NULL, allocation_id uuid NOT NULL UNIQUE, programme_id uuid NOT NULL,
    beneficiary_id uuid NOT NULL, created_at timestamptz NOT NULL, give_back_at timestamptz, ended_at timestamptz,
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, allocation_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE UNIQUE INDEX allocation_running ON allocation (programme_id, beneficiary_id) WHERE ended_at IS NULL;
CREATE INDEX allocation_beneficiary ON allocation (beneficiary_id);
CREATE INDEX allocation_due ON allocation (give_back_at) WHERE ended_at IS NULL;
CREATE TABLE voucher_request (
    tenant_id uuid NOT NULL, request_id uuid NOT NULL, person_id uuid NOT NULL,
    programme_id uuid NOT NULL, leader_id uuid,
    steps jsonb NOT NULL, decisions jsonb NOT NULL, purpose text NOT NULL, status text NOT NULL,
    created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, voucher_id uuid, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, request_id)
);
CREATE UNIQUE INDEX voucher_request_open ON voucher_request (tenant_id, programme_id, person_id)
    WHERE status = 'open';
CREATE INDEX voucher_request_newest ON voucher_request (tenant_id, created_at DESC, request_id);
CREATE INDEX voucher_request_due ON voucher_request (expires_at) WHERE status = 'open';
CREATE TABLE code_sheet (
    tenant_id uuid NOT NULL, sheet_id uuid NOT NULL, programme_id uuid NOT NULL,
    title text NOT NULL, codes integer NOT NULL CHECK (codes > 0), uses integer NOT NULL CHECK (uses > 0),
    created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, created_by text NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (tenant_id, sheet_id)
);
CREATE TABLE paper_code (
    tenant_id uuid NOT NULL, fingerprint bytea NOT NULL, sheet_id uuid NOT NULL, number integer NOT NULL,
    used integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (tenant_id, fingerprint), UNIQUE (tenant_id, sheet_id, number),
    FOREIGN KEY (tenant_id, sheet_id) REFERENCES code_sheet (tenant_id, sheet_id)
);
CREATE TABLE code_use (
    tenant_id uuid NOT NULL, fingerprint bytea NOT NULL, person_id uuid NOT NULL, voucher_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, fingerprint, person_id),
    FOREIGN KEY (tenant_id, fingerprint) REFERENCES paper_code (tenant_id, fingerprint),
    FOREIGN KEY (tenant_id, voucher_id) REFERENCES voucher (tenant_id, voucher_id)
);
CREATE TABLE voucher_reminder (
    tenant_id uuid NOT NULL, voucher_id uuid NOT NULL, expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, voucher_id, expires_at),
    FOREIGN KEY (tenant_id, voucher_id) REFERENCES voucher (tenant_id, voucher_id)
)
"""


def upgrade() -> None:
    """Add the tables."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
    # A beneficiary sees what was set aside for it; the schedule finds what is due.
    beneficiary = ACTS_FOR.format(column="beneficiary_id")
    isolate(op, "allocation", also_read=f"{beneficiary} OR {IS_OPERATOR}")
    isolate(op, "voucher_request", also_read=IS_OPERATOR)
    for table in ("account", "code_sheet", "paper_code", "code_use"):
        isolate(op, table)
    isolate(op, "voucher_reminder", also_read=IS_OPERATOR)
