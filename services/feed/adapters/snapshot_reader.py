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
# What others share and told before the tenant listened; what is in its log comes by way of that.
_SHARED = """
SELECT source, aggregate, content FROM shared_thing AS shared
WHERE tenant_id <> $1 AND (source, aggregate) > ($2, $3)
  AND NOT EXISTS (
      SELECT FROM state WHERE state.tenant_id = $1
      AND state.source = shared.source AND state.aggregate = shared.aggregate
  )
  AND NOT EXISTS (
      SELECT FROM log WHERE log.tenant_id = $1 AND log.event_id = shared.event_id
      AND position > COALESCE((SELECT position FROM state_position WHERE tenant_id = $1), 0)
  )
ORDER BY source, aggregate LIMIT $4
"""


class SnapshotReader(PostgresQueries):
    """The states of the tenants that a block declares. It sees one moment: pages and position fit together."""

    async def state_position(self, tenant_id: UUID) -> int:
        """The position up to which the tenant's state has been told."""
        return await self._connection.fetchval(_POSITION, tenant_id) or 0

    def states(self, tenant_id: UUID) -> AsyncIterator[Sequence[tuple[Thing, Parts]]]:
        """Every thing with its newest events by type, a page at a time."""
        return self._pages(_PAGE, tenant_id)

    def shared(self, tenant_id: UUID) -> AsyncIterator[Sequence[tuple[Thing, Parts]]]:
        """What others share with everybody and neither the tenant's state nor what follows it has."""
        return self._pages(_SHARED, tenant_id)

    async def _pages(
        self, query: str, tenant_id: UUID
    ) -> AsyncIterator[Sequence[tuple[Thing, Parts]]]:
        after = ("", "")
        while rows := await self._connection.fetch(query, tenant_id, *after, PAGE):
            page = [((row["source"], row["aggregate"]), row["content"]) for row in rows]
            yield page
            after = page[-1][0]
