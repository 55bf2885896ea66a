"""The copy of member's cooperation agreements, on PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.catalogue.adapters import tables
from services.catalogue.domain.agreement import Agreement
from services.catalogue.domain.offer import Offer
from shared.database.bulk import Row, upsert


class AgreementRepository:
    """Agreements; row-level security shows them to their parties."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def learn(self, agreements: Sequence[tuple[Agreement, int]]) -> None:
        """Keep agreements; what is older than what is kept changes nothing."""
        rows = [_agreement_row(agreement, sequence) for agreement, sequence in agreements]
        await upsert(self._connection, tables.agreement, rows, newer_by="version", or_as_new=True)

    async def sharing(self, offer: Offer) -> Sequence[Agreement]:
        """The agreements that name an offer, whether they run or not."""
        table = tables.agreement
        named = [{"provider_id": str(offer.tenant_id), "offer_id": str(offer.offer_id)}]
        rows = await self._connection.execute(select(table).where(table.c.offers.contains(named)))
        return [_agreement(row) for row in rows.mappings()]


def _agreement(row: RowMapping) -> Agreement:
    pairs = ((UUID(each["provider_id"]), UUID(each["offer_id"])) for each in row["offers"])
    return Agreement(
        tenant_id=row["tenant_id"],
        agreement_id=row["agreement_id"],
        parts={UUID(tenant_id): part for tenant_id, part in row["parts"].items()},
        offers=frozenset(pairs),
        ends_at=row["ends_at"],
    )


def _agreement_row(agreement: Agreement, sequence: int) -> Row:
    return {
        "tenant_id": agreement.tenant_id,
        "agreement_id": agreement.agreement_id,
        "parts": {str(tenant_id): part for tenant_id, part in agreement.parts.items()},
        "offers": [
            {"provider_id": str(provider_id), "offer_id": str(offer_id)}
            for provider_id, offer_id in sorted(agreement.offers)
        ],
        "ends_at": agreement.ends_at,
        "version": sequence,
    }
