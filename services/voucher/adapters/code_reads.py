"""What is read of codes before they are used."""

from collections.abc import Collection
from uuid import UUID

import asyncpg

_FUNDERS = """
SELECT DISTINCT programme.tenant_id
FROM paper_code
JOIN code_sheet USING (tenant_id, sheet_id)
JOIN programme ON programme.programme_id = code_sheet.programme_id
WHERE paper_code.fingerprint = any($1)
"""


class CodeReads:
    """The reads on one connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def funders_of(self, fingerprints: Collection[bytes]) -> Collection[UUID]:
        """Whose programmes these codes are on."""
        rows = await self._connection.fetch(_FUNDERS, list(fingerprints))
        return {row["tenant_id"] for row in rows}
