"""Which operators may act for which tenant, until when: a copy of what the member service grants."""

from alembic import op

from shared.auth.operator_access import create_operator_access

revision = "0005"
down_revision = "0004"
kind = "expand"


def upgrade() -> None:
    """Add the table."""
    create_operator_access(op)
