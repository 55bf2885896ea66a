"""What cannot be what it says is counted, explained and set aside; everything else goes on."""

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid4

from shared.clock import utc_now
from shared.database.unit_of_work import SqlUnitOfWork, units_of_work
from shared.envelope import CLOCK_TOLERANCE, MAX_EVENT_BYTES, Event
from shared.inbox.consumer import BatchConsumer
from shared.inbox.store import FORGED
from tests.shared.toy_service import Service
from tests.shared.toys import TOPIC, NotedV1, Record, record, sealed


class BoughtV1(Event):
    TYPE: ClassVar[str] = "toy.bought.v1"
    TOPIC: ClassVar[str] = TOPIC
    AGGREGATE: ClassVar[str] = "toy_id"

    toy_id: UUID


async def _reason(service: Service, bad: Record) -> str:
    """Why a record was set aside, while a good one took effect."""
    await service.process(bad, service.noted("good"))
    assert await service.effects() == ["good"]
    (row,) = await service.buried(bad)
    return str(row.error)


async def test_an_id_used_again_for_other_content(service: Service) -> None:
    first = sealed(NotedV1(note="first"), service.tenant_id)
    other = replace(first, data=b'{"note": "other"}')
    await service.process(record(first))
    forged = record(other)
    await service.process(forged, record(first))
    assert await service.effects() == ["first"]
    assert [row.error for row in await service.buried(forged)] == [FORGED]


async def test_an_id_used_twice_in_one_batch(service: Service) -> None:
    first = sealed(NotedV1(note="first"), service.tenant_id)
    again, forged = record(first), record(replace(first, data=b'{"note": "other"}'))
    await service.process(record(first), forged, again)
    assert await service.effects() == ["first"]
    assert len(await service.buried(forged, again)) == 1


async def test_a_clock_far_ahead(service: Service) -> None:
    late = utc_now() + CLOCK_TOLERANCE + timedelta(minutes=1)
    envelope = replace(sealed(NotedV1(note="x"), service.tenant_id), time=late)
    assert "set the sender's clock" in await _reason(service, record(envelope))


async def test_a_clock_a_little_ahead_is_nothing(service: Service) -> None:
    soon = utc_now() + CLOCK_TOLERANCE - timedelta(minutes=1)
    await service.process(record(replace(sealed(NotedV1(note="x"), service.tenant_id), time=soon)))
    assert await service.effects() == ["x"]


async def test_an_oversized_event(service: Service) -> None:
    long = record(sealed(NotedV1(note="x" * MAX_EVENT_BYTES), service.tenant_id))
    assert f"at most {MAX_EVENT_BYTES}" in await _reason(service, long)


async def test_an_aggregate_that_is_not_the_datas(service: Service) -> None:
    handled: list[UUID] = []

    async def note(_work: SqlUnitOfWork, events: object) -> None:
        handled.extend(each.event.toy_id for each in events)  # type: ignore[attr-defined]

    units = units_of_work(service.engine, SqlUnitOfWork, source="/toy")
    consumer = BatchConsumer(service.engine, units, {BoughtV1: note})
    mine, theirs = uuid4(), uuid4()
    good = record(sealed(BoughtV1(toy_id=mine), service.tenant_id, str(mine)))
    bad = record(sealed(BoughtV1(toy_id=theirs), service.tenant_id, str(mine)))
    await consumer.process([bad, good])
    assert handled == [mine]
    (row,) = await service.buried(bad)
    assert row.error == "ce_subject is not the toy_id of the event"
