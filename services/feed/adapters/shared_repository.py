"""What is shared with every tenant, on PostgreSQL: kept as a state is, for the snapshots of all."""

from collections.abc import Sequence

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.adapters import tables
from services.feed.adapters.cloud_events import structured
from services.feed.application.ports import Entry
from services.feed.domain.state import PART
from shared.database.bulk import Row, upsert


class SharedRepository:
    """What the tenants that the transaction acts for share with everybody."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, entries: Sequence[Entry]) -> None:
        """Keep what others see; what is older than what is kept changes nothing."""
        await upsert(
            self._connection,
            tables.shared_thing,
            map(_row, entries),
            newer_by="sequence",
            or_as_new=True,
        )


def _row(entry: Entry) -> Row:
    envelope = entry.envelope
    event = orjson.loads(structured(entry))
    return {
        "tenant_id": envelope.tenant_id,
        "source": envelope.source,
        "aggregate": envelope.aggregate,
        "event_id": envelope.id,
        "sequence": envelope.sequence,
        "content": {envelope.type: {name: event[name] for name in PART}},
    }
