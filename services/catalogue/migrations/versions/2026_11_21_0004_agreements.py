"""The copy of cooperation agreements, and what they make visible."""

from alembic import op

from shared.database.isolation import isolate

revision = "0004"
down_revision = "0003"
kind = "expand"

_TABLE = """
CREATE TABLE agreement (
    tenant_id uuid NOT NULL, agreement_id uuid NOT NULL, parts jsonb NOT NULL, offers jsonb NOT NULL,
    ends_at timestamptz, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, agreement_id)
)
"""
#: What running agreements share with the tenants that the transaction acts for. A provider that is no
#: party shares nothing, whoever names its offer.
_VIEW = """
CREATE VIEW shared_offer WITH (security_invoker = true) AS
SELECT (offer->>'provider_id')::uuid AS provider_id, (offer->>'offer_id')::uuid AS offer_id
FROM agreement, jsonb_array_elements(offers) AS offer
WHERE (ends_at IS NULL OR ends_at > now())
AND parts ? (offer->>'provider_id') AND parts ?| (SELECT acting_tenants())::text[]
"""


def upgrade() -> None:
    """Create both, and let parties see what is shared."""
    op.execute(_TABLE)
    op.execute("CREATE INDEX agreement_party ON agreement USING gin (parts)")
    op.execute("CREATE INDEX agreement_offer ON agreement USING gin (offers jsonb_path_ops)")
    # A party knows the agreement; nobody else learns that there is one.
    isolate(op, "agreement", also_read="parts ?| (SELECT acting_tenants())::text[]")
    op.execute(_VIEW)
    op.execute(
        "CREATE POLICY shared ON offer FOR SELECT "
        "USING ((tenant_id, offer_id) IN (SELECT provider_id, offer_id FROM shared_offer))"
    )
