"""Claimed domains on PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import RowMapping, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.tables import tenant_domain
from services.member.domain.onboarding_errors import DomainTakenError
from services.member.domain.web_domain import WebDomain
from shared.database.bulk import upsert
from shared.database.constraints import violations_mean

#: The unique index that keeps two tenants from proving one domain.
ONE_OWNER = {"tenant_domain_one_owner": DomainTakenError}


class DomainRepository:
    """The domains that tenants claim."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant_id: UUID, domain: str) -> WebDomain | None:
        """A domain that the tenant claims."""
        table = tenant_domain
        query = select(table).where(table.c.tenant_id == tenant_id, table.c.domain == domain)
        row = (await self._connection.execute(query)).mappings().first()
        return _domain_of(row) if row else None

    async def all(self, tenant_id: UUID) -> Sequence[WebDomain]:
        """Every domain that the tenant claims, by name."""
        table = tenant_domain
        query = select(table).where(table.c.tenant_id == tenant_id).order_by(table.c.domain)
        return [_domain_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def save(self, domain: WebDomain) -> None:
        """Keep it. Raises DomainTakenError when another tenant has proved it, however many do at once."""
        with violations_mean(ONE_OWNER):
            await upsert(self._connection, tenant_domain, [asdict(domain)])

    async def release(self, tenant_id: UUID) -> None:
        """Forget all that the tenant claims: another may prove them now."""
        query = delete(tenant_domain).where(tenant_domain.c.tenant_id == tenant_id)
        await self._connection.execute(query)


def _domain_of(row: RowMapping) -> WebDomain:
    return WebDomain(
        row["tenant_id"], row["domain"], row["challenge"], row["claimed_at"], row["verified_at"]
    )
