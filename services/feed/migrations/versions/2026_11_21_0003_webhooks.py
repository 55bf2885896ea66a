"""What is sent to endpoints beside the log, and deliveries in the order of the log."""

from alembic import op

from shared.database.isolation import IS_OPERATOR, isolate

revision = "0003"
down_revision = "0002"
kind = "expand"

_ERRAND = """
CREATE TABLE errand (
    tenant_id uuid NOT NULL, subscription_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('verification', 'test')),
    errand_id uuid NOT NULL, created_at timestamptz NOT NULL, leased_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subscription_id, kind),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription ON DELETE CASCADE
)
"""


def upgrade() -> None:
    """Create them."""
    op.execute(_ERRAND)
    # Workers claim errands, whosesoever they are.
    isolate(op, "errand", also_write=IS_OPERATOR)
    op.execute(
        "CREATE INDEX attempt_delivery ON attempt (tenant_id, subscription_id, position DESC, event_id, at DESC)"
    )
    op.execute(
        "CREATE UNIQUE INDEX delivery_replay_running ON delivery_replay (tenant_id, subscription_id) WHERE status = 'running'"
    )
