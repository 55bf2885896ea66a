"""People as a directory knows them, org units, job families, SCIM tokens, leaving and erasure."""

from alembic import op

from shared.database.isolation import IS_OPERATOR, isolate

revision = "0004"
down_revision = "0003"
kind = "expand"

_PERSON = """
ALTER TABLE person
    ALTER COLUMN external_id DROP NOT NULL,
    ADD COLUMN user_name text, ADD COLUMN user_key text, ADD COLUMN display_name text,
    ADD COLUMN emails jsonb NOT NULL DEFAULT '[]', ADD COLUMN enterprise jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN job_family_id uuid, ADD COLUMN leaves_on date,
    ADD COLUMN has_left boolean NOT NULL DEFAULT false, ADD COLUMN erase_on date,
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now(),
    ADD CHECK (NOT has_left OR leaves_on IS NOT NULL),
    ADD CHECK (erase_on IS NULL OR has_left);
ALTER TABLE person NO FORCE ROW LEVEL SECURITY;
UPDATE person SET user_name = external_id, user_key = CASE
    WHEN lower(external_id) IN (
        SELECT lower(other.external_id) FROM person AS other
        WHERE other.tenant_id = person.tenant_id AND other.person_id < person.person_id
    ) THEN person_id::text ELSE lower(external_id) END;
UPDATE person SET emails = jsonb_build_array(jsonb_build_object('value', email, 'type', 'work', 'primary', true));
ALTER TABLE person FORCE ROW LEVEL SECURITY;
ALTER TABLE person DROP CONSTRAINT person_tenant_id_external_id_key;
CREATE UNIQUE INDEX person_external_id ON person (tenant_id, external_id) WHERE erase_on IS NULL;
CREATE UNIQUE INDEX person_user_key ON person (tenant_id, user_key) WHERE erase_on IS NULL
"""

_TABLES = """
CREATE TABLE job_family (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), job_family_id uuid NOT NULL,
    key text NOT NULL, name text NOT NULL,
    PRIMARY KEY (tenant_id, job_family_id), CONSTRAINT job_family_key UNIQUE (tenant_id, key)
);
ALTER TABLE person ADD FOREIGN KEY (tenant_id, job_family_id) REFERENCES job_family (tenant_id, job_family_id);
CREATE INDEX person_job_family ON person (tenant_id, job_family_id) WHERE job_family_id IS NOT NULL;
CREATE TABLE org_unit (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), unit_id uuid NOT NULL,
    external_id text, name text NOT NULL, parent_id uuid, version bigint NOT NULL,
    created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, unit_id), CONSTRAINT org_unit_external_id UNIQUE (tenant_id, external_id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES org_unit (tenant_id, unit_id),
    CHECK (parent_id <> unit_id)
);
CREATE INDEX org_unit_parent ON org_unit (tenant_id, parent_id);
CREATE TABLE unit_member (
    tenant_id uuid NOT NULL, unit_id uuid NOT NULL, person_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, unit_id, person_id),
    FOREIGN KEY (tenant_id, unit_id) REFERENCES org_unit (tenant_id, unit_id) ON DELETE CASCADE,
    CONSTRAINT unit_member_person FOREIGN KEY (tenant_id, person_id)
        REFERENCES person (tenant_id, person_id) ON DELETE CASCADE
);
CREATE INDEX unit_member_of ON unit_member (tenant_id, person_id);
CREATE TABLE unit_leader (
    tenant_id uuid NOT NULL, unit_id uuid NOT NULL, person_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, unit_id, person_id),
    FOREIGN KEY (tenant_id, unit_id) REFERENCES org_unit (tenant_id, unit_id) ON DELETE CASCADE,
    CONSTRAINT unit_leader_person FOREIGN KEY (tenant_id, person_id)
        REFERENCES person (tenant_id, person_id) ON DELETE CASCADE
);
CREATE INDEX unit_leader_of ON unit_leader (tenant_id, person_id);
CREATE TABLE scim_token (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), token_id uuid NOT NULL, digest bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, revoked_at timestamptz,
    PRIMARY KEY (tenant_id, token_id)
);
CREATE TABLE person_due (
    tenant_id uuid NOT NULL, person_id uuid NOT NULL, due_on date NOT NULL,
    PRIMARY KEY (tenant_id, person_id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES person (tenant_id, person_id) ON DELETE CASCADE
);
CREATE INDEX person_due_on ON person_due (due_on);
CREATE TABLE erased_person (
    tenant_id uuid NOT NULL, person_id uuid NOT NULL, reason text NOT NULL, erased_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, person_id)
);
CREATE TABLE people_policy (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (tenant_id),
    erase_after_days integer NOT NULL CHECK (erase_after_days BETWEEN 0 AND 3650)
);
CREATE INDEX outbox_event_people ON outbox_event (key) WHERE topic = 'member-people'
"""


def upgrade() -> None:
    """Every person of before is kept; the tenant's key becomes the user name."""
    for statement in (_PERSON + ";" + _TABLES).split(";"):
        op.execute(statement)
    for table in ("job_family", "org_unit", "unit_member", "unit_leader", "scim_token"):
        isolate(op, table)
    # The schedule finds whose day has come; it sees ids and days, never a name.
    isolate(op, "person_due", also_read=IS_OPERATOR)
    isolate(op, "erased_person")
    isolate(op, "people_policy")
