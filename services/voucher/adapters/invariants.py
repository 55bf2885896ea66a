"""What must hold in the ledger at every moment; checked in production, not only in tests."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Each query lists violations; none means that it holds. They see the funders acted for.
INVARIANTS = {
    "every unit granted is in exactly one account": """
        SELECT pool_id FROM pool
        WHERE granted <> available + reserved + redeemed + expired + returned
    """,
    "a programme has what its pools have together": """
        SELECT book.programme_id FROM book JOIN pool USING (tenant_id, programme_id)
        GROUP BY book.tenant_id, book.programme_id
        HAVING (book.granted, book.available, book.reserved, book.redeemed, book.expired, book.returned)
            <> (sum(pool.granted), sum(pool.available), sum(pool.reserved), sum(pool.redeemed),
                sum(pool.expired), sum(pool.returned))
    """,
    "a pool says what its transfers add up to": """
        WITH movement AS (
            SELECT programme_id, pool_id, credit AS account, units FROM transfer
            UNION ALL SELECT programme_id, pool_id, debit, -units FROM transfer
        ), balance AS (
            SELECT programme_id, pool_id, account, sum(units) AS units FROM movement GROUP BY 1, 2, 3
        )
        SELECT pool.pool_id FROM pool
        CROSS JOIN LATERAL (VALUES ('granted', -granted), ('available', available), ('reserved', reserved),
            ('redeemed', redeemed), ('expired', expired), ('returned', returned)) AS said(account, units)
        LEFT JOIN balance USING (programme_id, pool_id, account)
        WHERE said.units <> COALESCE(balance.units, 0)
    """,
    "as many units are held by vouchers as the pool has reserved and redeemed": """
        SELECT pool.pool_id FROM pool
        LEFT JOIN (
            SELECT programme_id, pool_id, sum(units) FILTER (WHERE status IN ('assigned', 'reserved')) AS reserved,
                   sum(redeemed_units - reversed_units) AS redeemed
            FROM voucher WHERE pool_id IS NOT NULL GROUP BY 1, 2
        ) AS held USING (programme_id, pool_id)
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
