"""Issuers and their keys, awards, credentials, status lists, and the copy of people."""

from alembic import op

from shared.database.isolation import IS_OPERATOR, create_isolation_functions, isolate
from shared.http.idempotency import create_idempotency_keys
from shared.inbox.tables import create_inbox
from shared.outbox.tables import create_outbox

revision = "0001"
down_revision = None
kind = "expand"

_TABLES = """
CREATE TABLE tenant (
    tenant_id uuid PRIMARY KEY, name text NOT NULL, version bigint NOT NULL
);
CREATE TABLE issuer_key (
    tenant_id uuid NOT NULL REFERENCES tenant, key_id text NOT NULL,
    public_key_multibase text NOT NULL UNIQUE, sealed bytea NOT NULL,
    created_at timestamptz NOT NULL, retired_at timestamptz,
    PRIMARY KEY (tenant_id, key_id)
);
CREATE UNIQUE INDEX issuer_key_in_use ON issuer_key (tenant_id) WHERE retired_at IS NULL;
CREATE TABLE person (
    tenant_id uuid NOT NULL, person_id uuid NOT NULL, name text, email text, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, person_id),
    CHECK ((name IS NULL) = (email IS NULL))
);
CREATE TABLE status_list (
    tenant_id uuid NOT NULL, list_id integer NOT NULL CHECK (list_id > 0),
    bits bytea NOT NULL CHECK (octet_length(bits) = 16384), signed bytea, valid_until timestamptz,
    PRIMARY KEY (tenant_id, list_id),
    CHECK ((signed IS NULL) = (valid_until IS NULL))
);
CREATE TABLE award (
    tenant_id uuid NOT NULL, award_id uuid NOT NULL, booking_id uuid NOT NULL, person_id uuid NOT NULL,
    achievement jsonb NOT NULL, provider_id uuid NOT NULL, provider_name text NOT NULL,
    completed_at timestamptz NOT NULL, correlation_id text NOT NULL, causation_id text, traceparent text,
    state text NOT NULL CHECK (state IN ('pending', 'issued', 'revoked')),
    credential_id uuid, key_id text, list_id integer, status_index integer CHECK (status_index BETWEEN 0 AND 131071),
    issued_at timestamptz, revoked_at timestamptz, revocation_reason text, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, award_id), UNIQUE (tenant_id, booking_id), UNIQUE (tenant_id, credential_id),
    UNIQUE (tenant_id, list_id, status_index),
    FOREIGN KEY (tenant_id, key_id) REFERENCES issuer_key (tenant_id, key_id),
    FOREIGN KEY (tenant_id, list_id) REFERENCES status_list (tenant_id, list_id),
    CHECK (num_nulls(credential_id, key_id, list_id, status_index, issued_at) IN (0, 5)),
    CHECK (num_nulls(revoked_at, revocation_reason) IN (0, 2)),
    CHECK ((state = 'pending') <= (credential_id IS NULL)),
    CHECK ((state = 'issued') <= (credential_id IS NOT NULL)),
    CHECK ((state = 'revoked') = (revoked_at IS NOT NULL))
);
CREATE INDEX award_pending ON award (tenant_id, completed_at) WHERE state = 'pending';
CREATE INDEX award_person ON award (tenant_id, person_id);
CREATE INDEX award_issued ON award (tenant_id, issued_at DESC) WHERE credential_id IS NOT NULL;
CREATE TABLE credential (
    tenant_id uuid NOT NULL, credential_id uuid NOT NULL, award_id uuid NOT NULL, document bytea NOT NULL,
    PRIMARY KEY (tenant_id, credential_id), UNIQUE (tenant_id, award_id),
    FOREIGN KEY (tenant_id, award_id) REFERENCES award (tenant_id, award_id)
);
ALTER TABLE award ADD FOREIGN KEY (tenant_id, credential_id) REFERENCES credential (tenant_id, credential_id)
"""

_IMMUTABLE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signed credential never changes: revoke it and issue another';
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
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credential "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # The schedule finds the tenants whose credentials it checks, and those whose people wait for one.
    isolate(op, "tenant", also_read=IS_OPERATOR)
    isolate(op, "award", also_read=IS_OPERATOR)
    isolate(op, "issuer_key")
    isolate(op, "person")
    isolate(op, "status_list")
    isolate(op, "credential")
