"""Rights in a tenant: accounts of people, machine clients, operators' accesses, and the log of all that."""

from alembic import op

from shared.database.isolation import IS_OPERATOR, isolate

revision = "0005"
down_revision = "0004"
kind = "expand"

_TABLES = """
ALTER TABLE person ADD COLUMN subject text;
CREATE UNIQUE INDEX person_subject ON person (tenant_id, subject);
CREATE INDEX person_email ON person (tenant_id, lower(email));
CREATE TABLE account_check (
    tenant_id uuid NOT NULL, person_id uuid NOT NULL, subject text NOT NULL,
    due_at timestamptz NOT NULL, attempts integer NOT NULL CHECK (attempts >= 0), last_error text,
    PRIMARY KEY (tenant_id, person_id)
) WITH (fillfactor = 80);
CREATE INDEX account_check_due ON account_check (due_at);
CREATE TABLE machine_client (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), client_id uuid NOT NULL, name text NOT NULL,
    roles jsonb NOT NULL, status text NOT NULL CHECK (status IN ('requested', 'active', 'revoked')),
    created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, revoked_at timestamptz,
    generation integer NOT NULL CHECK (generation >= 1), ready_generation integer NOT NULL,
    secret_shown_at timestamptz, previous_until timestamptz,
    attempts integer NOT NULL CHECK (attempts >= 0), last_error text, due_at timestamptz,
    PRIMARY KEY (tenant_id, client_id)
) WITH (fillfactor = 80);
CREATE INDEX machine_client_due ON machine_client (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE operator_access (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), access_id uuid NOT NULL,
    operator text NOT NULL, reason text NOT NULL, may_change boolean NOT NULL,
    granted_at timestamptz NOT NULL, until timestamptz NOT NULL,
    ended_at timestamptz, ended_by text, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, access_id),
    CHECK (until <= granted_at + interval '8 hours')
);
CREATE TABLE audit_entry (
    tenant_id uuid NOT NULL, entry_id uuid NOT NULL, at timestamptz NOT NULL,
    actor text NOT NULL, action text NOT NULL, subject text NOT NULL, detail text NOT NULL,
    PRIMARY KEY (tenant_id, entry_id)
);
CREATE INDEX audit_entry_at ON audit_entry (tenant_id, at DESC)
"""

_IMMUTABLE = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: write another entry';
END $$
"""


def upgrade() -> None:
    """Add the tables."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
    op.execute(_IMMUTABLE)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
    # No foreign key from account_check to person: it is there still when the person is erased.
    # The schedule finds what is due; both tables name nobody, people are opaque ids there.
    isolate(op, "account_check", also_read=IS_OPERATOR)
    isolate(op, "machine_client", also_read=IS_OPERATOR)
    isolate(op, "operator_access")
    isolate(op, "audit_entry")
