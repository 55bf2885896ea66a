"""What must hold of the tenants at every moment; checked in production, not only in tests."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Each query lists violations; none means that it holds. They see all tenants, as the operator does.
INVARIANTS = {
    "an active tenant was approved and has taken every step": """
        SELECT tenant_id FROM tenant
        WHERE status = 'active' AND (
            decided_at IS NULL OR active_at IS NULL OR organization_id IS NULL
            OR NOT steps_done @> '["organization", "membership", "roles"]'
        )
    """,
    "an approved tenant is due at some time": """
        SELECT tenant_id FROM tenant WHERE status = 'approved' AND due_at IS NULL
    """,
    "an approved tenant is active within an hour": """
        SELECT tenant_id FROM tenant
        WHERE status = 'approved' AND decided_at < now() - interval '1 hour'
    """,
    "who has an official key cannot be taken for another": """
        SELECT tenant_id FROM tenant WHERE (official_key IS NULL) <> (key_identity IS NULL)
    """,
}


async def violated_invariants(connection: AsyncConnection) -> list[str]:
    """The names of the invariants that do not hold, in a transaction that acts as the operator."""
    return [
        name
        for name, query in INVARIANTS.items()
        if (await connection.execute(text(query))).first() is not None
    ]
