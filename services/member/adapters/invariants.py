"""What must hold of tenants and agreements at every moment; checked in production, not only in tests."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Each query lists violations; none means that it holds. They see all tenants, as the operator does.
INVARIANTS = {
    "an active tenant was approved and has taken every step that it needs": """
        SELECT tenant_id FROM tenant
        WHERE status IN ('active', 'suspended', 'leaving') AND (
            decided_at IS NULL OR active_at IS NULL OR organization_id IS NULL
            OR EXISTS (
                SELECT FROM onboarding_step AS step
                WHERE step.tenant_id = tenant.tenant_id AND direction = 'opening'
                AND step NOT IN ('invitation', 'issuer') AND step.state <> 'done'
            )
        )
    """,
    "what goes wrong with an approved tenant is tried again": """
        SELECT tenant_id FROM tenant
        WHERE status = 'approved' AND NOT EXISTS (
            SELECT FROM onboarding_step AS step
            WHERE step.tenant_id = tenant.tenant_id AND due_at IS NOT NULL
        )
    """,
    "a tenant that has left is closed within an hour": """
        SELECT tenant_id FROM onboarding_step
        WHERE direction = 'closing' AND step NOT IN ('organization', 'topic')
        AND state <> 'done' AND started_at < now() - interval '1 hour'
    """,
    "an approved tenant is active within an hour": """
        SELECT tenant_id FROM tenant
        WHERE status = 'approved' AND decided_at < now() - interval '1 hour'
    """,
    "an agreement in force is signed by all its parties": """
        SELECT agreement_id FROM agreement JOIN agreement_terms USING (tenant_id, agreement_id, revision)
        CROSS JOIN jsonb_array_elements(document->'parties') AS party
        WHERE status IN ('agreed', 'running') AND NOT EXISTS (
            SELECT FROM agreement_declaration AS declared
            WHERE declared.agreement_id = agreement.agreement_id
            AND declared.revision = agreement.revision AND declared.act = 'signs'
            AND declared.tenant_id = (party->>'tenant_id')::uuid
        )
    """,
    "an agreement in force binds nobody who left over a minute ago": """
        SELECT agreement_id FROM agreement JOIN agreement_terms USING (tenant_id, agreement_id, revision)
        CROSS JOIN jsonb_array_elements(document->'parties') AS party
        JOIN tenant ON tenant.tenant_id = (party->>'tenant_id')::uuid
        WHERE agreement.status IN ('agreed', 'running') AND tenant.status = 'left'
        AND left_at < now() - interval '1 minute' AND NOT left_ids ? (party->>'tenant_id')
    """,
    "an agreement starts and ends within a minute of its time": """
        SELECT agreement_id FROM agreement
        WHERE status IN ('proposed', 'agreed', 'running') AND due_at < now() - interval '1 minute'
    """,
    "who has an official key cannot be taken for another": """
        SELECT tenant_id FROM tenant WHERE (official_key IS NULL) <> (key_identity IS NULL)
    """,
    "whoever is approved is in the register with a share, whoever left has none": """
        SELECT tenant_id FROM tenant LEFT JOIN (
            SELECT tenant_id, sum(shares) AS shares, sum(cents) AS cents, max(number) - count(*) AS missing
            FROM register_entry GROUP BY tenant_id
        ) AS standing USING (tenant_id)
        WHERE status IN ('approved', 'active', 'suspended', 'leaving') AND COALESCE(standing.shares, 0) < 1
           OR status = 'left' AND standing.shares <> 0 OR cents < 0 OR missing <> 0
    """,
    "who is leaving has a last day that is not long over": """
        SELECT tenant_id FROM tenant
        WHERE status = 'leaving' AND last_day IS NULL
           OR status IN ('suspended', 'leaving') AND last_day < current_date - 2
    """,
    "whoever's time is over is deleted within a day": """
        SELECT tenant_id FROM tenant
        WHERE deleted_at IS NULL AND last_export_day < current_date - 2
    """,
    "what is due for a person is done within a day": """
        SELECT person_id FROM person_due WHERE due_on < (now() AT TIME ZONE 'UTC')::date - 1
    """,
}


async def violated_invariants(connection: AsyncConnection) -> list[str]:
    """The names of the invariants that do not hold, in a transaction that acts as the operator."""
    return [
        name
        for name, query in INVARIANTS.items()
        if (await connection.execute(text(query))).first() is not None
    ]
