"""Which announcement a quota is from; and what everybody may see, for those who subscribe later."""

from alembic import op

from shared.database.isolation import isolate

revision = "0002"
down_revision = "0001"
kind = "expand"

_SHARED_THING = """
CREATE TABLE shared_thing (
    tenant_id uuid NOT NULL, source text NOT NULL, aggregate text NOT NULL,
    event_id uuid NOT NULL, sequence bigint NOT NULL, content jsonb NOT NULL,
    PRIMARY KEY (tenant_id, source, aggregate), UNIQUE (source, aggregate)
)
"""


def upgrade() -> None:
    """Add both."""
    op.execute("ALTER TABLE tenant_feed ADD COLUMN quota_version bigint NOT NULL DEFAULT 0")
    op.execute(_SHARED_THING)
    # It holds what its owner shares with every tenant, as every tenant may see it.
    isolate(op, "shared_thing", also_read="true")
