"""What a funder decides beyond the first terms; the people's roles, and the claims of organisations, counted.

Works with the release before, whose programmes count vouchers, come first come first served and limit people only.
"""

from alembic import op

from shared.database.isolation import IS_OPERATOR, isolate

revision = "0010"
down_revision = "0007"
kind = "expand"

_TABLES = """
ALTER TABLE programme
    ADD COLUMN legal_basis text NOT NULL DEFAULT '',
    ADD COLUMN unit text NOT NULL DEFAULT 'voucher' CHECK (unit IN ('voucher', 'cent')),
    ADD COLUMN budget bigint NOT NULL DEFAULT 0 CHECK (budget >= 0),
    ADD COLUMN cap_cents bigint CHECK (cap_cents > 0),
    ADD COLUMN vouchers_per_tenant bigint CHECK (vouchers_per_tenant > 0),
    ADD COLUMN vouchers_per_month bigint CHECK (vouchers_per_month > 0),
    ADD COLUMN distribution text NOT NULL DEFAULT 'first_come' CHECK (distribution IN ('first_come', 'allocated')),
    ADD COLUMN approval jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN assignment_seconds bigint NOT NULL DEFAULT 7776000 CHECK (assignment_seconds > 0);
UPDATE programme SET budget = granted FROM book WHERE book.programme_id = programme.programme_id;
CREATE TABLE person (
    tenant_id uuid NOT NULL, person_id uuid NOT NULL, roles jsonb NOT NULL, is_there boolean NOT NULL,
    version bigint NOT NULL, PRIMARY KEY (tenant_id, person_id)
);
CREATE TABLE claim_count (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, beneficiary_id uuid NOT NULL, month date NOT NULL,
    claims bigint NOT NULL CHECK (claims >= 0),
    PRIMARY KEY (tenant_id, programme_id, beneficiary_id, month),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
) WITH (fillfactor = 50)
"""


def upgrade() -> None:
    """Add the columns and tables; the cooperative counts who would be eligible."""
    # Existing rows are filled in by the tables' owner, who is no tenant.
    for table in ("programme", "book"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in _TABLES.split(";"):
        op.execute(statement)
    for table in ("programme", "book"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    isolate(op, "person", also_read=IS_OPERATOR)
    isolate(op, "claim_count")
    op.execute(f"CREATE POLICY also_read ON tenant FOR SELECT USING ({IS_OPERATOR})")
