"""What must hold in a programme's ledger at every moment; checked in production, not only in tests."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.domain.reconciliation import (
    ADDS_UP,
    BALANCED,
    COUNTED,
    EACH_VOUCHER,
    HEADS_STAY,
    HELD,
    SETTLED,
    STATED,
    TOGETHER,
)

#: Each query lists violations in one programme; none means that it holds. `after` is the last entry that was
#: compared before, with what was in each pool then; 0 compares everything.
QUERIES = {
    BALANCED: """
        SELECT pool_id FROM pool
        WHERE programme_id = :programme_id
          AND (granted <> available + reserved + redeemed + expired + returned
               OR least(granted, available, reserved, redeemed, expired, returned) < 0)
    """,
    TOGETHER: """
        SELECT book.programme_id FROM book JOIN pool USING (tenant_id, programme_id)
        WHERE programme_id = :programme_id
        GROUP BY book.tenant_id, book.programme_id
        HAVING (book.granted, book.available, book.reserved, book.redeemed, book.expired, book.returned)
            <> (sum(pool.granted), sum(pool.available), sum(pool.reserved), sum(pool.redeemed),
                sum(pool.expired), sum(pool.returned))
    """,
    ADDS_UP: """
        WITH line AS (
            SELECT pool_id, debit, credit, units FROM transfer
            WHERE tenant_id = (SELECT tenant_id FROM programme WHERE programme_id = :programme_id)
              AND programme_id = :programme_id AND entry > :after
        ), movement AS (
            SELECT pool_id, credit AS account, units FROM line
            UNION ALL SELECT pool_id, debit, -units FROM line
            UNION ALL SELECT pool_id, account, units FROM compared_pool
            CROSS JOIN LATERAL (VALUES ('granted', -granted), ('available', available), ('reserved', reserved),
                ('redeemed', redeemed), ('expired', expired), ('returned', returned)) AS was(account, units)
            WHERE programme_id = :programme_id AND :after > 0
        ), balance AS (
            SELECT pool_id, account, sum(units) AS units FROM movement GROUP BY 1, 2
        )
        SELECT pool_id FROM (
            SELECT pool_id, account, said.units FROM pool
            CROSS JOIN LATERAL (VALUES ('granted', -granted), ('available', available), ('reserved', reserved),
                ('redeemed', redeemed), ('expired', expired), ('returned', returned)) AS said(account, units)
            WHERE programme_id = :programme_id
        ) AS said FULL JOIN balance USING (pool_id, account)
        WHERE COALESCE(said.units, 0) <> COALESCE(balance.units, 0)
    """,
    HELD: """
        SELECT pool.pool_id FROM pool
        LEFT JOIN (
            SELECT pool_id, sum(units) FILTER (WHERE status IN ('assigned', 'reserved')) AS reserved,
                   sum(redeemed_units - reversed_units) AS redeemed
            FROM voucher WHERE programme_id = :programme_id AND pool_id IS NOT NULL GROUP BY 1
        ) AS held USING (pool_id)
        WHERE programme_id = :programme_id
          AND (pool.reserved, pool.redeemed) <> (COALESCE(held.reserved, 0), COALESCE(held.redeemed, 0))
    """,
    EACH_VOUCHER: """
        SELECT voucher_id FROM (
            SELECT voucher_id, (array_agg(beneficiary_id))[1] AS tenant_id,
                   sum(CASE 'reserved' WHEN credit THEN units WHEN debit THEN -units ELSE 0 END) AS held,
                   sum(CASE 'redeemed' WHEN credit THEN units WHEN debit THEN -units ELSE 0 END) AS used
            FROM transfer WHERE programme_id = :programme_id AND voucher_id IS NOT NULL GROUP BY 1
        ) AS moved FULL JOIN (
            SELECT voucher_id, tenant_id, redeemed_units - reversed_units AS used,
                   CASE WHEN status IN ('assigned', 'reserved') THEN units ELSE 0 END AS held
            FROM voucher WHERE programme_id = :programme_id AND pool_id IS NOT NULL
        ) AS said USING (voucher_id)
        WHERE (moved.held, moved.used, moved.tenant_id) IS DISTINCT FROM (said.held, said.used, said.tenant_id)
    """,
    HEADS_STAY: """
        SELECT seal.entries FROM seal
        LEFT JOIN transfer ON transfer.tenant_id = seal.tenant_id
            AND transfer.programme_id = seal.programme_id AND transfer.entry = seal.entries
        WHERE seal.programme_id = :programme_id AND transfer.hash IS DISTINCT FROM seal.head
    """,
    STATED: """
        SELECT statement_id FROM statement
        LEFT JOIN (
            SELECT tenant_id, statement_id, abs(sum(cents)) AS cents FROM statement_claim
            WHERE programme_id = :programme_id GROUP BY 1, 2
        ) AS stated USING (tenant_id, statement_id)
        WHERE programme_id = :programme_id AND statement.cents IS DISTINCT FROM stated.cents
    """,
    # A provider is owed nothing for a use at nobody known; a funder owes for every one.
    SETTLED: """
        WITH used AS (
            SELECT side, sum(CASE kind WHEN 'reverse' THEN -units ELSE units END) AS units
            FROM settlement JOIN transfer USING (tenant_id, programme_id)
            WHERE programme_id = :programme_id AND transfer.entry <= settlement.entry
              AND kind IN ('redeem', 'late_redeem', 'reverse') GROUP BY 1
        ), stated AS (
            SELECT side, sum(CASE entry WHEN redeemed_entry THEN units ELSE -units END) AS units
            FROM statement_claim WHERE programme_id = :programme_id GROUP BY 1
        )
        SELECT side FROM used FULL JOIN stated USING (side)
        WHERE CASE side WHEN 'funder' THEN COALESCE(used.units, 0) <> COALESCE(stated.units, 0)
              ELSE COALESCE(used.units, 0) < COALESCE(stated.units, 0) END
    """,
    COUNTED: """
        WITH held AS (
            SELECT funder_id AS tenant_id, programme_id, tenant_id AS beneficiary_id,
                   date_trunc('month', created_at AT TIME ZONE 'Europe/Berlin')::date AS month, count(*) AS claims
            FROM voucher JOIN (
                SELECT programme_id FROM programme
                WHERE programme_id = :programme_id
                  AND (vouchers_per_tenant IS NOT NULL OR vouchers_per_month IS NOT NULL)
            ) AS limiting USING (programme_id)
            WHERE status IN ('assigned', 'reserved', 'redeemed') GROUP BY 1, 2, 3, 4
        ), counted AS (
            SELECT * FROM claim_count WHERE programme_id = :programme_id
        )
        SELECT programme_id FROM counted
        FULL JOIN held USING (tenant_id, programme_id, beneficiary_id, month)
        WHERE COALESCE(counted.claims, 0) <> COALESCE(held.claims, 0)
    """,
}

#: Those that read all there is; the others cost what is new, and what is in the pools.
OF_ALL = frozenset({HELD, EACH_VOUCHER, HEADS_STAY, STATED, SETTLED, COUNTED})


async def violated_in(connection: AsyncConnection, programme_id: UUID, after: int) -> list[str]:
    """The names of the invariants that do not hold in a programme whose funder the transaction acts for."""
    row = {"programme_id": programme_id, "after": after}
    return [
        name
        for name, query in QUERIES.items()
        if not (after and name in OF_ALL)
        and (await connection.execute(text(query), row)).first() is not None
    ]


async def violated_invariants(connection: AsyncConnection) -> list[str]:
    """The same of all programmes of the tenants that the transaction acts for, read wholly."""
    programmes = await connection.execute(text("SELECT programme_id FROM book"))
    violated = [await violated_in(connection, each, 0) for each in programmes.scalars().all()]
    return sorted({name for names in violated for name in names})
