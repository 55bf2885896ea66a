"""Onboarding and offboarding as processes with a row for each step; quotas, brands, domains, own logins."""

from alembic import op

from shared.database.isolation import IS_OPERATOR, isolate

revision = "0003"
down_revision = "0002"
kind = "contract"

_TABLES = """
CREATE TABLE onboarding_step (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    direction text NOT NULL CHECK (direction IN ('opening', 'closing')), step text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'running', 'failed', 'done', 'cancelled')),
    attempts integer NOT NULL CHECK (attempts >= 0), error text,
    started_at timestamptz, done_at timestamptz, due_at timestamptz,
    PRIMARY KEY (tenant_id, direction, step),
    CHECK ((state = 'done') = (done_at IS NOT NULL)),
    CHECK (due_at IS NULL OR state NOT IN ('done', 'cancelled'))
) WITH (fillfactor = 70);
CREATE INDEX onboarding_step_due ON onboarding_step (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE tenant_quota (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (tenant_id),
    people integer NOT NULL CHECK (people >= 0), events_per_day bigint NOT NULL CHECK (events_per_day >= 0),
    machine_clients integer NOT NULL CHECK (machine_clients >= 0),
    subscriptions integer NOT NULL CHECK (subscriptions >= 0)
);
CREATE TABLE tenant_brand (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (tenant_id),
    display_name text NOT NULL, primary_colour text NOT NULL, text_colour text NOT NULL,
    logo bytea, logo_type text,
    CHECK ((logo IS NULL) = (logo_type IS NULL))
);
CREATE TABLE tenant_domain (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), domain text NOT NULL,
    challenge text NOT NULL, claimed_at timestamptz NOT NULL, verified_at timestamptz,
    PRIMARY KEY (tenant_id, domain)
);
CREATE UNIQUE INDEX tenant_domain_one_owner ON tenant_domain (domain) WHERE verified_at IS NOT NULL;
CREATE TABLE identity_link (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (tenant_id),
    protocol text NOT NULL CHECK (protocol IN ('oidc', 'saml')), issuer text NOT NULL,
    domains jsonb NOT NULL, linked_at timestamptz NOT NULL
)
"""

_STATUSES = "'applied', 'approved', 'active', 'suspended', 'leaving', 'left', 'refused'"

# Tenants that were onboarded before have taken the steps that there were, and go on with the new ones.
_TAKE_OVER = """
INSERT INTO onboarding_step (tenant_id, direction, step, state, attempts, done_at, due_at)
SELECT tenant_id, 'opening', step,
       CASE WHEN steps_done ? step THEN 'done' ELSE 'waiting' END, 0,
       CASE WHEN steps_done ? step THEN COALESCE(active_at, decided_at, now()) END,
       CASE WHEN NOT steps_done ? step AND step NOT IN ('issuer', 'membership', 'probe') THEN now() END
FROM tenant CROSS JOIN unnest(ARRAY[
    'organization', 'membership', 'roles', 'kafka_rights', 'quotas', 'issuer', 'probe'
]) AS step
WHERE status IN ('approved', 'active')
"""


def upgrade() -> None:
    """Create the tables, move what the tenant's own columns said into them, and drop those."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
    op.execute(
        "SELECT set_config('app.operator', 'on', true)"
    )  # its owner, too, sees no tenant otherwise
    op.execute(_TAKE_OVER)
    op.execute("ALTER TABLE tenant DROP CONSTRAINT tenant_status_check")
    op.execute(
        f"ALTER TABLE tenant ADD CONSTRAINT tenant_status_check CHECK (status IN ({_STATUSES}))"
    )
    op.execute("DROP INDEX tenant_due")
    for column in ("steps_done", "attempts", "last_error", "due_at"):
        op.execute(f"ALTER TABLE tenant DROP COLUMN {column}")
    # A worker finds what is due, whoever's it is; it acts for that tenant to take it.
    isolate(op, "onboarding_step", also_read=IS_OPERATOR)
    isolate(op, "tenant_quota", also_read=IS_OPERATOR)
    isolate(op, "tenant_brand")
    isolate(op, "tenant_domain")
    isolate(op, "identity_link", also_read=IS_OPERATOR)
