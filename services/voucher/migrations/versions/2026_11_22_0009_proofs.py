"""Proofs of use: the financing plan, what was certified, the proofs with their files and signatures.

Works with the release before: new tables that it does not use.
"""

from alembic import op

from shared.database.isolation import isolate

revision = "0009"
down_revision = "0005"
kind = "expand"

_TABLES = """
CREATE TABLE financing_plan (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, positions jsonb NOT NULL,
    PRIMARY KEY (tenant_id, programme_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE TABLE evidence_book (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, entries bigint NOT NULL CHECK (entries >= 0),
    PRIMARY KEY (tenant_id, programme_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
) WITH (fillfactor = 50);
CREATE TABLE credential_evidence (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, number bigint NOT NULL CHECK (number > 0),
    voucher_id uuid NOT NULL, credential_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('issued', 'revoked')), at timestamptz NOT NULL, event_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, programme_id, number),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES evidence_book (tenant_id, programme_id)
);
CREATE INDEX credential_evidence_voucher ON credential_evidence (voucher_id);
CREATE TABLE proof (
    tenant_id uuid NOT NULL, proof_id uuid NOT NULL, programme_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('interim', 'final')),
    status text NOT NULL CHECK (status IN ('pending', 'ready', 'failed')),
    requested_by text NOT NULL, requested_at timestamptz NOT NULL,
    entries bigint NOT NULL CHECK (entries > 0), ledger_head bytea NOT NULL CHECK (length(ledger_head) = 32),
    evidence bigint NOT NULL CHECK (evidence >= 0), settled bigint NOT NULL CHECK (settled BETWEEN 0 AND entries),
    accounts jsonb NOT NULL, positions jsonb NOT NULL,
    failure text, head text NOT NULL, files jsonb NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, proof_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE INDEX proof_programme ON proof (tenant_id, programme_id, requested_at);
CREATE INDEX proof_pending ON proof (requested_at) WHERE status = 'pending';
CREATE TABLE proof_pdf (
    tenant_id uuid NOT NULL, proof_id uuid NOT NULL, language text NOT NULL, content bytea NOT NULL,
    PRIMARY KEY (tenant_id, proof_id, language),
    FOREIGN KEY (tenant_id, proof_id) REFERENCES proof (tenant_id, proof_id)
);
CREATE TABLE proof_signature (
    tenant_id uuid NOT NULL, proof_id uuid NOT NULL, subject text NOT NULL, role text NOT NULL,
    sha256 text NOT NULL, comment text NOT NULL, signed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, proof_id, subject),
    FOREIGN KEY (tenant_id, proof_id) REFERENCES proof (tenant_id, proof_id)
)
"""
_TENANTS = (
    "financing_plan",
    "evidence_book",
    "credential_evidence",
    "proof",
    "proof_pdf",
    "proof_signature",
)
_ONLY_ADDED_TO = ("credential_evidence", "proof_pdf", "proof_signature")


def upgrade() -> None:
    """Add the tables; all are the funder's alone."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
    for table in _TENANTS:
        isolate(op, table)
    for table in _ONLY_ADDED_TO:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
