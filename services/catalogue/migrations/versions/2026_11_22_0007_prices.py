"""What a booking costs and which competence fields it belongs to, for programmes that ask.

Works with the release before, which names neither.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
kind = "expand"


def upgrade() -> None:
    """Add the columns."""
    for table in ("offer", "booking"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN price_cents bigint CHECK (price_cents >= 0), "
            "ADD COLUMN competence_fields jsonb NOT NULL DEFAULT '[]'"
        )
