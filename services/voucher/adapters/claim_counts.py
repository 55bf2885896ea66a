"""How many claims organisations have on the programmes that limit them, by month."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import tables
from services.voucher.domain.limits import Place
from shared.database.bulk import upsert


class ClaimCountRepository:
    """The counts belong to the funder, whose programme's lock guards them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def counted(
        self, programme_ids: Collection[UUID], tenant_ids: Collection[UUID]
    ) -> Mapping[Place, int]:
        """The claims of these organisations on these programmes."""
        table = tables.claim_count
        rows = await self._connection.execute(
            select(table).where(
                table.c.programme_id == func.any(list(programme_ids)),
                table.c.beneficiary_id == func.any(list(tenant_ids)),
            )
        )
        return {
            Place(row.tenant_id, row.programme_id, row.beneficiary_id, row.month): row.claims
            for row in rows
        }

    async def save(self, counts: Mapping[Place, int]) -> None:
        """Keep counts."""
        rows = [
            {
                "tenant_id": place.funder_id,
                "programme_id": place.programme_id,
                "beneficiary_id": place.tenant_id,
                "month": place.month,
                "claims": claims,
            }
            for place, claims in counts.items()
        ]
        await upsert(self._connection, tables.claim_count, rows)
