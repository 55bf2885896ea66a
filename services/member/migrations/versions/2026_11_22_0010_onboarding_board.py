"""Every attempt of onboarding is kept; what is under way, and tenants by name, are found without looking at all.

Works with the release before: a new table and new indexes.
"""

from alembic import op

from shared.database.isolation import isolate

revision = "0010"
down_revision = "0009"
kind = "expand"

_TABLE = """
CREATE TABLE onboarding_attempt (
    attempt_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    direction text NOT NULL CHECK (direction IN ('opening', 'closing')), step text NOT NULL,
    number integer NOT NULL CHECK (number >= 0), ended_at timestamptz NOT NULL, error text
)
"""


def upgrade() -> None:
    """Create them."""
    op.execute(_TABLE)
    op.execute(
        "CREATE INDEX onboarding_attempt_tenant ON onboarding_attempt (tenant_id, attempt_id DESC)"
    )
    isolate(op, "onboarding_attempt")
    op.execute(
        "CREATE INDEX onboarding_step_open ON onboarding_step (tenant_id) WHERE state NOT IN ('done', 'cancelled')"
    )
    op.execute("CREATE INDEX tenant_decided ON tenant (decided_at)")
    op.execute("CREATE INDEX tenant_name ON tenant (lower(name), tenant_id)")
