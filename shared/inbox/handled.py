"""Which events took effect here, as far back as the inbox remembers."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_HANDLED = text(
    """
    SELECT event_id, handled_at FROM inbox WHERE event_id = ANY(CAST(:ids AS uuid[]))
    ORDER BY handled_at, event_id
    """
)


async def handled(connection: AsyncConnection, event_ids: Collection[UUID]) -> Sequence[Any]:
    """Those of the events that were handled, and when."""
    return (await connection.execute(_HANDLED, {"ids": list(event_ids)})).all()
