"""What must hold in the ledger at every moment; checked in production, not only in tests."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Each query lists violations; none means that it holds. They see the funders acted for.
INVARIANTS = {
    "every unit granted is in exactly one account": """
        SELECT programme_id FROM pool
        WHERE granted <> available + reserved + redeemed + expired + returned
    """,
    "a pool says what its transfers add up to": """
        WITH movement AS (
            SELECT programme_id, credit AS account, units FROM transfer
            UNION ALL SELECT programme_id, debit, -units FROM transfer
        ), balance AS (
            SELECT programme_id, account, sum(units) AS units FROM movement GROUP BY 1, 2
        )
        SELECT pool.programme_id FROM pool
        CROSS JOIN LATERAL (VALUES ('granted', -granted), ('available', available), ('reserved', reserved),
            ('redeemed', redeemed), ('expired', expired), ('returned', returned)) AS said(account, units)
        LEFT JOIN balance USING (programme_id, account)
        WHERE said.units <> COALESCE(balance.units, 0)
    """,
    "as many vouchers are held as the pool has reserved and redeemed": """
        SELECT pool.programme_id FROM pool
        LEFT JOIN (
            SELECT programme_id, count(*) FILTER (WHERE status = 'reserved') AS reserved,
                   count(*) FILTER (WHERE status = 'redeemed') AS redeemed
            FROM voucher WHERE programme_id IS NOT NULL GROUP BY programme_id
        ) AS held USING (programme_id)
        WHERE (pool.reserved, pool.redeemed) <> (COALESCE(held.reserved, 0), COALESCE(held.redeemed, 0))
    """,
}


async def violated_invariants(connection: AsyncConnection) -> list[str]:
    """The names of the invariants that do not hold, for the tenants that the transaction acts for."""
    return [
        name
        for name, query in INVARIANTS.items()
        if (await connection.execute(text(query))).first() is not None
    ]
