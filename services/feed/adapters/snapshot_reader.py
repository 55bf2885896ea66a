"""A tenant's state, as it is at one position of its log."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from services.feed.adapters.queries import PostgresQueries
from services.feed.domain.state import Parts, Thing

PAGE = 500

_POSITION = "SELECT position FROM state_position WHERE tenant_id = $1"
_PAGE = """
SELECT source, aggregate, content FROM state
WHERE tenant_id = $1 AND (source, aggregate) > ($2, $3)
ORDER BY source, aggregate LIMIT $4
"""


class SnapshotReader(PostgresQueries):
    """The states of the tenants that a block declares. It sees one moment: pages and position fit together."""

    async def state_position(self, tenant_id: UUID) -> int:
        """The position up to which the tenant's state has been told."""
        return await self._connection.fetchval(_POSITION, tenant_id) or 0

    async def states(self, tenant_id: UUID) -> AsyncIterator[Sequence[tuple[Thing, Parts]]]:
        """Every thing with its newest events by type, a page at a time."""
        after = ("", "")
        while True:
            rows = await self._connection.fetch(_PAGE, tenant_id, *after, PAGE)
            page = [((row["source"], row["aggregate"]), row["content"]) for row in rows]
            yield page
            if len(page) < PAGE:
                return
            after = page[-1][0]
