"""States and regions with their data, tenants, people, and what people completed."""

from alembic import op

from shared.database.isolation import IS_OPERATOR, create_isolation_functions, isolate
from shared.http.idempotency import create_idempotency_keys
from shared.inbox.tables import create_inbox
from shared.outbox.tables import create_outbox

revision = "0001"
down_revision = None
kind = "expand"

_TABLES = """
CREATE TABLE state (code text PRIMARY KEY, name text NOT NULL, key_prefix text UNIQUE);
CREATE TABLE region (code text PRIMARY KEY, name text NOT NULL, states jsonb NOT NULL);
CREATE TABLE tenant (
    tenant_id uuid PRIMARY KEY, name text NOT NULL, kind text NOT NULL,
    official_key text, key_identity text,
    state text NOT NULL REFERENCES state (code), regions jsonb NOT NULL,
    contact_email text NOT NULL, applicant text NOT NULL,
    status text NOT NULL CHECK (status IN ('applied', 'approved', 'active', 'refused')), reason text,
    applied_at timestamptz NOT NULL, decided_at timestamptz, active_at timestamptz,
    steps_done jsonb NOT NULL, organization_id text, attempts integer NOT NULL CHECK (attempts >= 0),
    last_error text, due_at timestamptz, version bigint NOT NULL,
    CHECK (status <> 'active' OR organization_id IS NOT NULL)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX tenant_one_per_key ON tenant (key_identity) WHERE status <> 'refused';
CREATE UNIQUE INDEX tenant_organization ON tenant (organization_id);
CREATE INDEX tenant_status ON tenant (status, applied_at);
CREATE INDEX tenant_due ON tenant (due_at) WHERE status = 'approved';
CREATE TABLE person (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), person_id uuid NOT NULL, external_id text NOT NULL,
    given_name text NOT NULL, family_name text NOT NULL, email text NOT NULL,
    roles jsonb NOT NULL, registrations bigint NOT NULL, descriptions bigint NOT NULL,
    PRIMARY KEY (tenant_id, person_id), UNIQUE (tenant_id, external_id)
) WITH (fillfactor = 80);
CREATE TABLE person_record (
    tenant_id uuid NOT NULL, booking_id uuid NOT NULL, person_id uuid NOT NULL,
    title text, completed_at timestamptz, credential_url text, credential_issued_at timestamptz,
    PRIMARY KEY (tenant_id, booking_id)
) WITH (fillfactor = 80);
CREATE INDEX person_record_person ON person_record (tenant_id, person_id)
"""

_STATES = """
INSERT INTO state (code, name, key_prefix) VALUES
    ('DE-SH', 'Schleswig-Holstein', '01'), ('DE-HH', 'Hamburg', '02'), ('DE-NI', 'Niedersachsen', '03'),
    ('DE-HB', 'Bremen', '04'), ('DE-NW', 'Nordrhein-Westfalen', '05'), ('DE-HE', 'Hessen', '06'),
    ('DE-RP', 'Rheinland-Pfalz', '07'), ('DE-BW', 'Baden-Württemberg', '08'), ('DE-BY', 'Bayern', '09'),
    ('DE-SL', 'Saarland', '10'), ('DE-BE', 'Berlin', '11'), ('DE-BB', 'Brandenburg', '12'),
    ('DE-MV', 'Mecklenburg-Vorpommern', '13'), ('DE-SN', 'Sachsen', '14'), ('DE-ST', 'Sachsen-Anhalt', '15'),
    ('DE-TH', 'Thüringen', '16'), ('LU', 'Luxemburg', NULL)
"""

_REGIONS = """
INSERT INTO region (code, name, states) VALUES
    ('mrn', 'Metropolregion Rhein-Neckar', '["DE-BW", "DE-HE", "DE-RP"]')
"""


def upgrade() -> None:
    """Create everything."""
    create_isolation_functions(op)
    create_outbox(op)
    create_inbox(op)
    create_idempotency_keys(op)
    for statement in _TABLES.split(";"):
        op.execute(statement)
    op.execute(_STATES)
    op.execute(_REGIONS)
    _make_public("state")
    _make_public("region")
    # An operator lists applications, the schedule finds who is to be onboarded; both then act for that
    # tenant to change it, so there is no way to write across tenants.
    isolate(op, "tenant", also_read=IS_OPERATOR)
    isolate(op, "person")
    # No foreign key to person: an event about somebody unknown here must not stop the others.
    isolate(op, "person_record")


def _make_public(table: str) -> None:
    """Data of no tenant: everybody reads it, only a migration writes it."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY public_read ON {table} FOR SELECT USING (true)")
