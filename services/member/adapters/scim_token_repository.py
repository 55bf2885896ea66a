"""SCIM tokens on PostgreSQL, by the digests of their secrets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.domain.scim_token import ScimToken
from shared.database.bulk import upsert

_COLUMNS = tables.scim_token.c
#: Made once: it is asked with every request of a directory.
_BY_DIGEST = select(tables.scim_token).where(
    _COLUMNS.tenant_id == bindparam("tenant_id"), _COLUMNS.digest == bindparam("digest")
)


class ScimTokenRepository:
    """A tenant's tokens, those that expired or were revoked too."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, tenant_id: UUID) -> Sequence[ScimToken]:
        """The tenant's tokens, newest first."""
        table = tables.scim_token
        query = select(table).where(table.c.tenant_id == tenant_id)
        rows = await self._connection.execute(query.order_by(table.c.created_at.desc()))
        return [ScimToken(**row) for row in rows.mappings()]

    async def by_digest(self, tenant_id: UUID, digest: bytes) -> ScimToken | None:
        """The tenant's token with a secret of this digest."""
        values = {"tenant_id": tenant_id, "digest": digest}
        row = (await self._connection.execute(_BY_DIGEST, values)).mappings().first()
        return ScimToken(**row) if row else None

    async def save(self, tokens: Sequence[ScimToken]) -> None:
        """Keep new and changed tokens."""
        rows = [
            {
                "tenant_id": each.tenant_id,
                "token_id": each.token_id,
                "digest": each.digest,
                "created_at": each.created_at,
                "expires_at": each.expires_at,
                "revoked_at": each.revoked_at,
            }
            for each in tokens
        ]
        await upsert(self._connection, tables.scim_token, rows)
