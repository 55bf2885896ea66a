"""Which of member's announcements a quota is from, so that a replay of older ones changes nothing."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it."""
    op.execute("ALTER TABLE tenant_feed ADD COLUMN quota_version bigint NOT NULL DEFAULT 0")
