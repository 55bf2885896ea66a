"""Reading a ledger page by page, straight from PostgreSQL (ADR 0012): a proof of use reads all of it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from services.voucher.application.proof_document import ALLOCATIONS
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.ledger import Account, Kind, Transfer
from services.voucher.domain.proof import Proof
from services.voucher.domain.receipts import Invoiced, Line, Side, Use
from services.voucher.domain.terms import Terms

# What a voucher was used for is looked up for uses and reversals alone. A credential counts if no line up to the
# same number revokes it.
_PAGE = """
SELECT t.pool_id, t.kind, t.debit, t.credit, t.units, t.at, t.voucher_id, t.beneficiary_id, t.reverses,
       t.cause_id, t.reason, t.entry, t.hash, v.redeemed_units, v.booking_id, v.provider_id, v.offer_kind,
       v.competence_fields, v.price_cents, v.completed_at, c.credential_id, c.event_id AS credential_event_id
FROM transfer AS t
LEFT JOIN voucher AS v
    ON (t.credit = 'redeemed' OR t.debit = 'redeemed')
    AND v.tenant_id = t.beneficiary_id AND v.voucher_id = t.voucher_id
LEFT JOIN LATERAL (
    SELECT credential_id, event_id FROM credential_evidence AS issued
    WHERE issued.voucher_id = v.voucher_id AND issued.tenant_id = t.tenant_id
      AND issued.programme_id = t.programme_id AND kind = 'issued' AND number <= $5
      AND NOT EXISTS (
          SELECT FROM credential_evidence AS revoked
          WHERE revoked.voucher_id = v.voucher_id AND revoked.credential_id = issued.credential_id
            AND revoked.kind = 'revoked' AND revoked.number <= $5
      )
    ORDER BY number DESC LIMIT 1
) AS c ON v.voucher_id IS NOT NULL
WHERE t.tenant_id = $1 AND t.programme_id = $2 AND t.entry > $3 AND t.entry <= $4 AND {only}
ORDER BY t.entry LIMIT $6
"""
_ONLY: Final = {
    Side.INCOME: "(t.kind IN ('grant', 'top_up') OR t.credit = 'returned')",
    Side.EXPENSE: "(t.credit = 'redeemed' OR t.debit = 'redeemed')",
    None: f"t.kind IN {tuple(map(str, ALLOCATIONS))} AND t.pool_id <> t.programme_id",
}
_EVERY: Final = _PAGE.format(only="true")
_PAGES: Final = {side: _PAGE.format(only=only) for side, only in _ONLY.items()}
# By look-up: an enum's own call takes longer than all else that is done with a line.
_KINDS: Final = {each.value: each for each in Kind}
_ACCOUNTS: Final = {each.value: each for each in Account}
#: Rows begin with a transfer's fields but its programme, and go on with those of a use but its tenant.
_OF_TRANSFER: Final = len(Transfer._fields) - 1
_INVOICED = """
SELECT entry, statement_claim.cents, number FROM statement_claim JOIN statement USING (tenant_id, statement_id)
WHERE statement_claim.tenant_id = $1 AND statement_claim.programme_id = $2 AND statement_claim.side = 'funder'
  AND entry BETWEEN $3 AND $4
"""
_TENANTS = (
    "SELECT tenant_id, name, kind, state, regions, status FROM tenant WHERE tenant_id = ANY ($1)"
)


class ProofReads:
    """The reads on one connection, for the funder of the proof."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def every(self, proof: Proof, terms: Terms, after: int, limit: int) -> Sequence[Line]:
        """The next lines of the ledger as far as the proof reads."""
        return await self._page(_EVERY, proof, terms, after, limit)

    async def some(
        self, proof: Proof, terms: Terms, side: Side | None, after: int, limit: int
    ) -> Sequence[Line]:
        """The next lines that are payments of a side, or allocations (None)."""
        return await self._page(_PAGES[side], proof, terms, after, limit)

    async def tenants(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Beneficiary]:
        """Tenants by id; one that is not known is missing from the answer."""
        rows = await self._connection.fetch(_TENANTS, list(tenant_ids))
        return {row["tenant_id"]: _tenant(row) for row in rows}

    async def _page(
        self, query: str, proof: Proof, terms: Terms, after: int, limit: int
    ) -> Sequence[Line]:
        cutoff = proof.cutoff
        rows = await self._connection.fetch(
            query,
            proof.tenant_id,
            proof.programme_id,
            after,
            cutoff.entries,
            cutoff.evidence,
            limit,
        )
        invoiced = await self._invoiced(proof, rows) if rows else {}
        return [_line(row, proof, terms, invoiced.get(row["entry"])) for row in rows]

    async def _invoiced(
        self, proof: Proof, rows: Sequence[asyncpg.Record]
    ) -> Mapping[int, Invoiced]:
        first, last = rows[0]["entry"], min(rows[-1]["entry"], proof.cutoff.settled)
        if last < first:
            return {}
        key = (proof.tenant_id, proof.programme_id)
        found = await self._connection.fetch(_INVOICED, *key, first, last)
        return {row["entry"]: Invoiced(row["cents"], row["number"]) for row in found}


def _line(row: asyncpg.Record, proof: Proof, terms: Terms, invoiced: Invoiced | None) -> Line:
    pool_id, kind, debit, credit, *others = row[:_OF_TRANSFER]
    transfer = Transfer(
        proof.programme_id,
        pool_id,
        _KINDS.get(kind, kind),
        _ACCOUNTS[debit],
        _ACCOUNTS[credit],
        *others,
    )
    units, booking_id, provider_id, offer_kind, fields, price, *others = row[_OF_TRANSFER:]
    if units is None or transfer.beneficiary_id is None:
        return Line(transfer)
    cents = None if price is None else terms.pays(price)
    tenant_id, fields = transfer.beneficiary_id, tuple(fields)
    use = Use(tenant_id, units, booking_id, provider_id, offer_kind, fields, cents, *others)
    return Line(transfer, use, invoiced)


def _tenant(row: asyncpg.Record) -> Beneficiary:
    return Beneficiary(
        row["tenant_id"],
        row["name"],
        row["kind"],
        row["state"],
        frozenset(row["regions"]),
        row["status"],
    )
