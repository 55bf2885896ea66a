"""What those who run the platform are told: processes, groups of dead letters, repairs, use of programmes.

Works with the release before: new tables, columns that it need not fill, and policies that it does not use.
"""

from alembic import op

from shared.database.isolation import IS_OPERATOR
from shared.operations.tables import create_operations

revision = "0004"
down_revision = "0003"
kind = "expand"


def upgrade() -> None:
    """Add the tables and columns; the cooperative sees how much of each programme is used."""
    create_operations(op)
    for table in ("pool", "transfer"):
        op.execute(f"CREATE POLICY also_read ON {table} FOR SELECT USING ({IS_OPERATOR})")
