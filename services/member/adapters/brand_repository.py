"""Brands on PostgreSQL."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.tables import tenant_brand
from services.member.domain.brand import Brand, Colour
from services.member.domain.logo import Logo, MediaType
from shared.database.bulk import upsert


class BrandRepository:
    """How tenants look, one row each."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant_id: UUID) -> Brand | None:
        """A tenant's brand, if it has chosen one."""
        query = select(tenant_brand).where(tenant_brand.c.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            return None
        logo = Logo(MediaType(row["logo_type"]), row["logo"]) if row["logo"] else None
        primary, text = Colour(row["primary_colour"]), Colour(row["text_colour"])
        return Brand(row["display_name"], primary, text, logo)

    async def save(self, tenant_id: UUID, brand: Brand) -> None:
        """Keep a new or changed brand."""
        row = {
            "tenant_id": tenant_id,
            "display_name": brand.display_name,
            "primary_colour": brand.primary.code,
            "text_colour": brand.text.code,
            "logo": brand.logo.content if brand.logo else None,
            "logo_type": brand.logo.media_type if brand.logo else None,
        }
        await upsert(self._connection, tenant_brand, [row])
