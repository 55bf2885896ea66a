"""A tenant's state, as it is at one position of its log."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import asyncpg

from services.feed.domain.state import Parts, Thing

PAGE = 500

_POSITION = "SELECT position FROM state_position WHERE tenant_id = $1"
_PAGE = f"""
SELECT source, aggregate, content FROM state
WHERE tenant_id = $1 AND (source, aggregate) > ($2, $3)
ORDER BY source, aggregate LIMIT {PAGE}
"""
_NAMES = """
SELECT person_id, given_name, family_name, email FROM person_name
WHERE tenant_id = $1 AND person_id = ANY ($2::uuid[]) AND given_name IS NOT NULL
"""


class SnapshotReader:
    """The state of a tenant. A block of reads sees one moment, so its pages fit together, and to the position."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def position(self, tenant_id: UUID) -> int:
        """The position up to which the state has been told."""
        return await self._connection.fetchval(_POSITION, tenant_id) or 0

    async def pages(self, tenant_id: UUID) -> AsyncIterator[Sequence[tuple[Thing, Parts]]]:
        """Every thing with its newest events by type, a page at a time."""
        after = ("", "")
        while True:
            rows = await self._connection.fetch(_PAGE, tenant_id, *after)
            page = [((row["source"], row["aggregate"]), row["content"]) for row in rows]
            yield page
            if len(page) < PAGE:
                return
            after = page[-1][0]
