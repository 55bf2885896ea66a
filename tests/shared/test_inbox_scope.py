"""A batch sees the tenants that it acts for, and no other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.unit_of_work import SqlUnitOfWork, units_of_work
from shared.envelope import Received
from shared.inbox.consumer import BatchConsumer
from tests.shared.toy_service import COUNT_UP, Service
from tests.shared.toys import NotedV1, record, sealed

_SEEN = text("SELECT tenant_id FROM tenant WHERE tenant_id = ANY(:ids)")


@dataclass
class Observer:
    """Writes down which of some tenants its batches saw."""

    engine: AsyncEngine
    tenants: list[UUID]
    seen: list[set[UUID]] = field(default_factory=list)
    fails: bool = False

    async def look(self, work: SqlUnitOfWork, events: Sequence[Received[NotedV1]]) -> None:
        rows = await work.connection.execute(_SEEN, {"ids": self.tenants})
        self.seen.append({row.tenant_id for row in rows})
        if self.fails and len(events) > 1:
            raise LookupError

    async def process(self, tenants: Sequence[UUID], **options: Any) -> None:
        units = units_of_work(self.engine, SqlUnitOfWork, source="/toy")
        consumer = BatchConsumer(self.engine, units, {NotedV1: self.look}, **options)
        await consumer.process([record(sealed(NotedV1(note="x"), each)) for each in tenants])


@pytest.fixture
async def observer(service: Service) -> Observer:
    tenants = [uuid4(), uuid4()]
    await service.process(*(record(sealed(NotedV1(note="x"), each)) for each in tenants))
    return Observer(service.engine, tenants)


async def test_a_batch_sees_the_tenants_of_its_events_and_no_other(observer: Observer) -> None:
    one, other = observer.tenants
    await observer.process([one])
    await observer.process([other, one])
    assert observer.seen == [{one}, {one, other}]


async def test_a_single_record_sees_its_own_tenant_only(observer: Observer) -> None:
    one, other = observer.tenants
    observer.fails = True
    await observer.process([one, other])
    assert observer.seen == [{one, other}, {one}, {other}]


async def test_a_service_may_name_the_tenants_of_a_batch_itself(observer: Observer) -> None:
    one, other = observer.tenants

    async def other_too(events: Sequence[Received[Any]]) -> Collection[UUID]:
        return {other, *(event.tenant_id for event in events)}

    await observer.process([one], scope=other_too)
    assert observer.seen == [{one, other}]


async def test_a_row_of_a_foreign_tenant_cannot_be_written(service: Service) -> None:
    stranger = uuid4()

    async def reach_out(work: SqlUnitOfWork) -> None:
        await work.connection.execute(COUNT_UP, {"id": stranger})

    service.failing["reaching"] = reach_out
    reaching = service.noted("reaching")
    await service.process(reaching)
    assert len(await service.parked(reaching)) == 1
    assert await service.effects() == []
