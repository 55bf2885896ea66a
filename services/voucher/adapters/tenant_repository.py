"""The copy of member's tenants on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import tables
from services.voucher.domain.eligibility import Beneficiary
from shared.database.bulk import Row, upsert


class TenantRepository:
    """The copy of member's tenants."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Beneficiary]:
        """Tenants by id."""
        table = tables.tenant
        rows = await self._connection.execute(
            select(table).where(table.c.tenant_id == func.any(list(tenant_ids)))
        )
        return {row["tenant_id"]: tenant_of(row) for row in rows.mappings()}

    async def learn(self, tenants: Sequence[tuple[Beneficiary, int]]) -> None:
        """Keep tenants; what is older than what is kept changes nothing."""
        rows = [_tenant_row(tenant, sequence) for tenant, sequence in tenants]
        await upsert(self._connection, tables.tenant, rows, newer_by="version", or_as_new=True)


def tenant_of(row: RowMapping) -> Beneficiary:
    """The tenant in a row."""
    return Beneficiary(
        row["tenant_id"],
        row["name"],
        row["kind"],
        row["state"],
        frozenset(row["regions"]),
        row["status"],
    )


def _tenant_row(tenant: Beneficiary, version: int) -> Row:
    return {
        "tenant_id": tenant.tenant_id,
        "name": tenant.name,
        "kind": tenant.kind,
        "state": tenant.state,
        "regions": sorted(tenant.regions),
        "status": tenant.status,
        "version": version,
    }
