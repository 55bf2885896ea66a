"""What those who run the platform are told: processes, groups of dead letters, repairs.

Works with the release before: new tables, and columns that it need not fill.
"""

from alembic import op

from shared.operations.tables import create_operations

revision = "0009"
down_revision = "0008"
kind = "expand"


def upgrade() -> None:
    """Add the tables and columns."""
    create_operations(op)
