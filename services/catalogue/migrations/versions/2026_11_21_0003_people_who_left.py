"""People who left or are erased stay in the copy, so that older news does not bring them back."""

from alembic import op

revision = "0003"
down_revision = "0002"
kind = "expand"


def upgrade() -> None:
    """Everybody who is known is there."""
    op.execute("ALTER TABLE person ADD COLUMN is_there boolean NOT NULL DEFAULT true")
