"""Whom invoices name and what vouchers cost, on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import billing_tables as tables
from services.voucher.domain.errors import PriceAgreedError
from services.voucher.domain.party import Party, Payer
from services.voucher.domain.price import Price, Vat
from shared.database.bulk import insert, upsert
from shared.database.constraints import violations_mean


class BillingRepository:
    """Parties and payers as they are now; prices are only ever added."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep_party(self, tenant_id: UUID, party: Party) -> None:
        """Keep how invoices name a tenant."""
        row = {"tenant_id": tenant_id, "party": asdict(party)}
        await upsert(self._connection, tables.billing_party, [row])

    async def parties(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Party]:
        """How invoices name tenants."""
        table = tables.billing_party
        query = select(table).where(table.c.tenant_id == func.any(list(tenant_ids)))
        rows = await self._connection.execute(query)
        return {row["tenant_id"]: Party(**row["party"]) for row in rows.mappings()}

    async def keep_payer(self, funder_id: UUID, programme_id: UUID, payer: Payer) -> None:
        """Keep how a funder wants the invoices of a programme."""
        row = {"tenant_id": funder_id, "programme_id": programme_id, **asdict(payer)}
        await upsert(self._connection, tables.programme_billing, [row])

    async def payer(self, programme_id: UUID) -> Payer | None:
        """How the funder wants the invoices of a programme."""
        table = tables.programme_billing
        query = select(table.c.reference, table.c.payment_days)
        rows = await self._connection.execute(query.where(table.c.programme_id == programme_id))
        row = rows.mappings().first()
        return Payer(**row) if row else None

    async def add_price(self, funder_id: UUID, price: Price) -> None:
        """Keep a price for good. Raises PriceAgreedError."""
        row = {
            "tenant_id": funder_id,
            "price_id": uuid4(),
            "programme_id": price.programme_id,
            "offer_id": price.offer_id,
            "title": price.title,
            "valid_from": price.valid_from,
            "vat_percent": price.vat.percent,
            "vat_exemption": price.vat.exemption,
            "cents": price.cents,
            "fee_per_mille": price.fee_per_mille,
        }
        with violations_mean({"price_programme_id_offer_id_valid_from_key": PriceAgreedError}):
            await insert(self._connection, tables.price, [row])

    async def prices(self, programme_id: UUID) -> Sequence[Price]:
        """All prices of a programme, the newest first."""
        table = tables.price
        query = select(table).where(table.c.programme_id == programme_id)
        rows = await self._connection.execute(
            query.order_by(table.c.valid_from.desc(), table.c.title)
        )
        return [_price(row) for row in rows.mappings()]


def _price(row: RowMapping) -> Price:
    return Price(
        programme_id=row["programme_id"],
        title=row["title"],
        valid_from=row["valid_from"],
        vat=Vat(row["vat_percent"], row["vat_exemption"]),
        offer_id=row["offer_id"],
        cents=row["cents"],
        fee_per_mille=row["fee_per_mille"],
    )
