"""How tenants look: a copy of what the member service announces."""

from alembic import op

from shared.database.isolation import isolate

revision = "0004"
down_revision = "0003"
kind = "expand"

_TABLE = """
CREATE TABLE tenant_brand (
    tenant_id uuid PRIMARY KEY, display_name text, primary_colour text, text_colour text,
    logo bytea, logo_type text, version bigint NOT NULL,
    CHECK (num_nulls(display_name, primary_colour, text_colour) IN (0, 3)),
    CHECK ((logo IS NULL) = (logo_type IS NULL)),
    CHECK (display_name IS NOT NULL OR logo IS NULL)
)
"""


def upgrade() -> None:
    """Add the table."""
    op.execute(_TABLE)
    isolate(op, "tenant_brand")
