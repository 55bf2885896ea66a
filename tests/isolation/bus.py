"""From every service's outbox into every service's inbox, in this process: what Kafka does, without its delay."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.inbox.records import KeptRecord
from shared.messaging.records import decode_headers

_NEWS = text(
    """
    SELECT id, topic, key, data, headers FROM outbox_event
    WHERE tenant_id = ANY(CAST(:tenants AS uuid[])) AND id > :after ORDER BY id
    """
)


@dataclass
class Bus:
    """Carries the events of some tenants; others in the same databases are not its own."""

    engines: Mapping[str, AsyncEngine]
    consumers: Mapping[str, BatchConsumer[Any]]
    reads: Mapping[str, Collection[str]]
    tenants: list[UUID] = field(default_factory=list)
    _after: dict[str, int] = field(default_factory=dict)

    async def deliver(self) -> None:
        """Carry until nobody has anything more to say."""
        while records := [each for service in self.engines for each in await self._news(service)]:
            for service, consumer in self.consumers.items():
                await consumer.process(
                    [each for each in records if each.topic in self.reads[service]]
                )

    def forget(self) -> None:
        """Carry everything again."""
        self._after.clear()

    async def _news(self, service: str) -> list[KeptRecord]:
        row = {"tenants": self.tenants, "after": self._after.get(service, 0)}
        async with transaction(self.engines[service]) as connection:
            found = (await connection.execute(_NEWS, row)).all()
        if found:
            self._after[service] = found[-1].id
        return [_record(each) for each in found]


def _record(row: Any) -> KeptRecord:
    headers = [(name, value.encode()) for name, value in decode_headers(row.headers).items()]
    return KeptRecord(row.topic, 0, row.id, row.key.encode(), row.data, headers)
