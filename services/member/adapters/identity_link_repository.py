"""The tenants' own identity providers on PostgreSQL: whose they are, never their secrets."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.tables import identity_link
from services.member.domain.identity_link import IdentityLink, LoginProtocol
from shared.database.bulk import upsert


class IdentityLinkRepository:
    """At most one a tenant."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant_id: UUID) -> IdentityLink | None:
        """The one that a tenant has linked."""
        query = select(identity_link).where(identity_link.c.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            return None
        protocol, domains = LoginProtocol(row["protocol"]), tuple(row["domains"])
        return IdentityLink(tenant_id, protocol, row["issuer"], domains, row["linked_at"])

    async def save(self, link: IdentityLink) -> None:
        """Keep a new or changed link."""
        await upsert(self._connection, identity_link, [asdict(link)])

    async def remove(self, tenant_id: UUID) -> None:
        """Forget it, if there is one."""
        query = delete(identity_link).where(identity_link.c.tenant_id == tenant_id)
        await self._connection.execute(query)
