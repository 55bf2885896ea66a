"""The register of members, notice and suspension, official keys over time, the official directory.

Works with the release before: it leaves the new columns to their defaults.
"""

from alembic import op

from shared.database.isolation import IS_OPERATOR, isolate

revision = "0002"
down_revision = "0001"
kind = "expand"

_TENANT = """
ALTER TABLE tenant DROP CONSTRAINT tenant_status_check;
ALTER TABLE tenant ADD CHECK (
    status IN ('applied', 'approved', 'active', 'suspended', 'leaving', 'left', 'refused')
);
ALTER TABLE tenant
    ADD COLUMN shares integer NOT NULL DEFAULT 1 CHECK (shares > 0),
    ADD COLUMN suspended_at timestamptz, ADD COLUMN suspension_reason text,
    ADD COLUMN notice_by text CHECK (notice_by IN ('member', 'cooperative')),
    ADD COLUMN notice_reason text, ADD COLUMN notice_given_at timestamptz, ADD COLUMN last_day date,
    ADD COLUMN left_at timestamptz, ADD COLUMN last_export_day date, ADD COLUMN deleted_at timestamptz,
    ADD CHECK (num_nulls(suspended_at, suspension_reason) IN (0, 2)),
    ADD CHECK (num_nulls(notice_by, notice_reason, notice_given_at, last_day) IN (0, 4)),
    ADD CHECK ((status = 'left') = (left_at IS NOT NULL AND last_export_day IS NOT NULL));
DROP INDEX tenant_one_per_key;
CREATE UNIQUE INDEX tenant_one_per_key ON tenant (key_identity) WHERE status NOT IN ('refused', 'left');
CREATE INDEX tenant_last_day ON tenant (last_day) WHERE status IN ('active', 'suspended', 'leaving');
CREATE INDEX tenant_last_export_day ON tenant (last_export_day) WHERE deleted_at IS NULL
"""

_TABLES = """
CREATE TABLE membership (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (tenant_id),
    member_number bigint GENERATED ALWAYS AS IDENTITY UNIQUE
);
CREATE TABLE register_entry (
    tenant_id uuid NOT NULL REFERENCES membership (tenant_id), number integer NOT NULL CHECK (number > 0),
    kind text NOT NULL, from_day date NOT NULL, shares integer NOT NULL, cents bigint NOT NULL, name text,
    recorded_at timestamptz NOT NULL, recorded_by text NOT NULL, ground text NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
CREATE INDEX register_entry_day ON register_entry (from_day);
CREATE TABLE tenant_key (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from), official_key text NOT NULL, key_identity text NOT NULL,
    PRIMARY KEY (tenant_id, valid_from),
    CONSTRAINT tenant_key_one_holder
        EXCLUDE USING gist (key_identity WITH =, daterange(valid_from, valid_to) WITH &&),
    CONSTRAINT tenant_key_one_at_a_time
        EXCLUDE USING gist (tenant_id WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE TABLE tenant_review (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), due_on date NOT NULL,
    PRIMARY KEY (tenant_id, due_on)
);
CREATE INDEX tenant_review_due ON tenant_review (due_on);
CREATE TABLE directory_edition (
    stand date PRIMARY KEY, read_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE municipality (
    key text NOT NULL, level text NOT NULL, valid_from date NOT NULL, name text NOT NULL,
    valid_to date, merged_into text,
    PRIMARY KEY (key, level, valid_from)
);
CREATE INDEX municipality_current ON municipality (key) WHERE valid_to IS NULL;
ALTER TABLE region ADD COLUMN key_prefixes jsonb NOT NULL DEFAULT '[]'
"""

# Whoever is on the platform already is a member with one share, and has had its key since it applied.
_BACKFILL = """
INSERT INTO membership (tenant_id)
    SELECT tenant_id FROM tenant WHERE status IN ('approved', 'active') ORDER BY decided_at;
INSERT INTO register_entry
    SELECT tenant_id, 1, 'admitted', (decided_at AT TIME ZONE 'Europe/Berlin')::date, 1, 0, name,
           decided_at, 'cooperative', 'application approved'
    FROM tenant JOIN membership USING (tenant_id);
INSERT INTO tenant_key
    SELECT tenant_id, (applied_at AT TIME ZONE 'Europe/Berlin')::date, NULL, official_key, key_identity
    FROM tenant WHERE official_key IS NOT NULL AND status <> 'refused'
"""

_IMMUTABLE = """
CREATE FUNCTION refuse_register_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the register of members is append-only: correct it by another entry';
END $$
"""


def upgrade() -> None:
    """Create the register, the keys and the directory, and fill them with who is there already."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for statement in (_TENANT + ";" + _TABLES).split(";"):
        op.execute(statement)
    op.execute("SELECT set_config('app.operator', 'on', true)")
    for statement in _BACKFILL.split(";"):
        op.execute(statement)
    op.execute(_IMMUTABLE)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON register_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_register_change()"
    )
    # The cooperative keeps the register, and reads it as of any day.
    isolate(op, "membership", also_read=IS_OPERATOR)
    isolate(op, "register_entry", also_read=IS_OPERATOR)
    isolate(op, "tenant_key")
    # A changed region has every tenant looked at that may lie in it.
    isolate(op, "tenant_review", also_write=IS_OPERATOR)
    for table in ("directory_edition", "municipality"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY public_read ON {table} FOR SELECT USING (true)")
    for table in ("directory_edition", "municipality", "region", "state"):
        op.execute(
            f"CREATE POLICY operator_write ON {table} USING ({IS_OPERATOR}) WITH CHECK ({IS_OPERATOR})"
        )
