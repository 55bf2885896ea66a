"""What must hold of credentials at every moment; checked in production, not only in tests."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Each query lists violations; none means that it holds. They see the tenants acted for.
INVARIANTS = {
    "an issued award has exactly one stored credential": """
        SELECT award.award_id FROM award
        LEFT JOIN credential ON credential.tenant_id = award.tenant_id
            AND credential.credential_id = award.credential_id AND credential.award_id = award.award_id
        WHERE award.state = 'issued' AND credential.award_id IS NULL
        UNION ALL
        SELECT credential.award_id FROM credential
        JOIN award ON award.tenant_id = credential.tenant_id AND award.award_id = credential.award_id
        WHERE award.credential_id IS DISTINCT FROM credential.credential_id
    """,
    "a credential has a place in a status list of its tenant": """
        SELECT award.award_id FROM award
        LEFT JOIN status_list USING (tenant_id, list_id)
        WHERE award.credential_id IS NOT NULL
          AND (status_list.list_id IS NULL OR award.status_index NOT BETWEEN 0 AND 131071)
    """,
    "the bits that are set are those of the revoked credentials": """
        WITH revoked AS (
            SELECT tenant_id, list_id, status_index FROM award
            WHERE state = 'revoked' AND credential_id IS NOT NULL
        )
        SELECT list_id FROM status_list
        WHERE bit_count(bits) <> (
            SELECT count(*) FROM revoked
            WHERE revoked.tenant_id = status_list.tenant_id AND revoked.list_id = status_list.list_id
              AND get_byte(bits, status_index / 8) & (128 >> (status_index % 8)) <> 0
        ) OR bit_count(bits) <> (
            SELECT count(*) FROM revoked
            WHERE revoked.tenant_id = status_list.tenant_id AND revoked.list_id = status_list.list_id
        )
    """,
    "an issuer has one key in use": """
        SELECT tenant_id FROM issuer_key WHERE retired_at IS NULL GROUP BY tenant_id HAVING count(*) > 1
    """,
}


async def violated_invariants(connection: AsyncConnection) -> list[str]:
    """The names of the invariants that do not hold, for the tenants that the transaction acts for."""
    return [
        name
        for name, query in INVARIANTS.items()
        if (await connection.execute(text(query))).first() is not None
    ]
