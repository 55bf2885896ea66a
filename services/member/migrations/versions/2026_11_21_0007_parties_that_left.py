"""A party that leaves the cooperative leaves its agreements.

Works with the release before, which sees nobody leave: it neither writes the act nor the column.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
kind = "expand"

_ACTS = "CHECK (act IN ('signs', 'refuses', 'gives_notice', 'shares', 'withdraws', 'leaves'))"


def upgrade() -> None:
    """Let parties leave, and keep who did."""
    op.execute("ALTER TABLE agreement ADD COLUMN left_ids jsonb NOT NULL DEFAULT '[]'")
    op.execute(
        "ALTER TABLE agreement_declaration DROP CONSTRAINT agreement_declaration_act_check,"
        f" ADD CONSTRAINT agreement_declaration_act_check {_ACTS}"
    )
