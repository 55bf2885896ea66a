"""The copy of how member's tenants look, on PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificate.adapters.tables import tenant_brand
from services.certificate.domain.brand import Brand, Colours, Logo
from shared.database.bulk import Row, upsert


class BrandRepository:
    """Brands, a row each; a row without a name says that the brand is forgotten."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def learn(self, brands: Sequence[tuple[UUID, Brand | None, int]]) -> None:
        """Keep brands; what is older than what is kept changes nothing."""
        rows = [_brand_row(tenant_id, brand, version) for tenant_id, brand, version in brands]
        await upsert(self._connection, tenant_brand, rows, newer_by="version", or_as_new=True)

    async def get(self, tenant_id: UUID) -> Brand | None:
        """A tenant's brand, if it has chosen one that is not forgotten."""
        query = select(tenant_brand).where(
            tenant_brand.c.tenant_id == tenant_id, tenant_brand.c.display_name.is_not(None)
        )
        row = (await self._connection.execute(query)).mappings().first()
        return _brand(row) if row else None


def _brand(row: RowMapping) -> Brand:
    logo = Logo(row["logo_type"], row["logo"]) if row["logo"] is not None else None
    return Brand(row["display_name"], Colours(row["primary_colour"], row["text_colour"]), logo)


def _brand_row(tenant_id: UUID, brand: Brand | None, version: int) -> Row:
    logo = brand.logo if brand else None
    return {
        "tenant_id": tenant_id,
        "display_name": brand.display_name if brand else None,
        "primary_colour": brand.chosen.primary if brand else None,
        "text_colour": brand.chosen.text if brand else None,
        "logo": logo.content if logo else None,
        "logo_type": logo.media_type if logo else None,
        "version": version,
    }
