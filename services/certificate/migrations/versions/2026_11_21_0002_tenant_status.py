"""Whether a tenant may act: active, suspended, leaving or left, as member tells it.

Works with the release before, for which every tenant is active.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
kind = "expand"


def upgrade() -> None:
    """Add the status; whoever is known already is active."""
    op.execute("ALTER TABLE tenant ADD COLUMN status text NOT NULL DEFAULT 'active'")
