"""Records as they come from Kafka: duplicated, late, and for bookings that are not there."""

from collections import Counter
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, permutations
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.adapters.invariants import violated_invariants
from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from services.catalogue.domain.booking import Booking, Status
from services.catalogue.domain.offer import Offer
from services.catalogue.entrypoints import consumer as consumer_module
from services.catalogue.entrypoints.consumer import create_consumer
from services.member.contracts.events import (
    PersonErasedV1,
    PersonLeftV1,
    PersonRegisteredV1,
    TenantActivatedV1,
    TenantLeftV1,
    TenantResumedV1,
    TenantSuspendedV1,
    TenantTold,
)
from services.voucher.contracts.events import VoucherExpiredV1, VoucherRefusedV1, VoucherReservedV1
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from shared.envelope import Cause, Envelope, Event, Outgoing
from shared.inbox.consumer import BatchConsumer
from tests.catalogue.builders import NOW, a_booking, a_claim, a_dated_offer

Opened = Callable[[Collection[UUID]], AbstractAsyncContextManager[PostgresUnitOfWork]]

offsets = count()


@dataclass
class Record:
    """What the subscriber hands on of a Kafka record."""

    headers: list[tuple[str, bytes]]
    key: bytes
    value: bytes
    topic: str
    partition: int
    offset: int


@dataclass
class Parts:
    """What create_consumer takes of a foundation."""

    engine: AsyncEngine
    units: Opened


def record(event: Event, tenant_id: UUID, aggregate: UUID, sequence: int = 1) -> Record:
    outgoing = Outgoing(event, tenant_id, str(aggregate), sequence, Cause("correlation"))
    envelope = Envelope.seal(outgoing, source="/test", time=NOW)
    headers = [(name, value.encode()) for name, value in envelope.headers().items()]
    key, offset = envelope.key.encode(), next(offsets)
    return Record(headers, key, envelope.data, event.TOPIC, offset % 6, offset)


def activated(tenant_id: UUID, name: str = "Kreis Bergstraße", sequence: int = 1) -> Record:
    event = TenantActivatedV1(
        name=name, kind="county", official_key=None, state="HE", regions=("mrn",)
    )
    return record(event, tenant_id, tenant_id, sequence)


def told(event_type: type[TenantTold], tenant_id: UUID, sequence: int, **changes: Any) -> Record:
    usual = {"name": "Worms", "kind": "municipality", "official_key": None, "state": "DE-RP"}
    event = event_type.model_validate({**usual, "regions": [], **changes})
    return record(event, tenant_id, tenant_id, sequence)


def registered(tenant_id: UUID, person_id: UUID) -> Record:
    return record(PersonRegisteredV1(person_id=person_id, roles=()), tenant_id, person_id)


def reserved(booking: Booking) -> Record:
    event = VoucherReservedV1(**claim(booking), expires_at=NOW + timedelta(days=90))
    return record(event, booking.tenant_id, event.voucher_id)


def refused(booking: Booking) -> Record:
    event = VoucherRefusedV1(**claim(booking), reason="exhausted", explanation="All are taken.")
    return record(event, booking.tenant_id, event.voucher_id)


def expired(booking: Booking) -> Record:
    event = VoucherExpiredV1(**claim(booking))
    return record(event, booking.tenant_id, event.voucher_id, sequence=2)


def claim(booking: Booking) -> dict[str, UUID]:
    return {
        "voucher_id": booking.booking_id,
        "booking_id": booking.booking_id,
        "person_id": booking.person_id,
        "programme_id": uuid4(),
    }


@pytest.fixture
def engine(engine_for: Callable[[str], AsyncEngine]) -> AsyncEngine:
    return engine_for("catalogue")


@pytest.fixture
def opened(engine: AsyncEngine) -> Opened:
    return units_of_work(engine, PostgresUnitOfWork, source="/catalogue")


@pytest.fixture
def consumer(engine: AsyncEngine, opened: Opened) -> BatchConsumer[PostgresUnitOfWork]:
    return create_consumer(Parts(engine, opened))  # type: ignore[arg-type]  # all it takes of it


async def bookings_of(
    opened: Opened,
    consumer: BatchConsumer[PostgresUnitOfWork],
    offer: Offer,
    number: int,
) -> list[Booking]:
    """Bookings of tenants and people that came as events, a tenant each."""
    pairs = [(uuid4(), uuid4()) for _ in range(number)]
    records = [activated(tenant_id) for tenant_id, _ in pairs]
    await consumer.process([*records, *(registered(*pair) for pair in pairs)])
    bookings = [
        a_booking(*pair, offer, now=NOW + timedelta(seconds=n)) for n, pair in enumerate(pairs)
    ]
    async with opened([offer.tenant_id]) as work:
        await work.offers.add(offer)
    for booking in bookings:
        async with opened([booking.tenant_id]) as work:
            await work.bookings.add(booking)
    return bookings


async def statuses(opened: Opened, bookings: Collection[Booking]) -> list[Status]:
    async with opened({booking.tenant_id for booking in bookings}) as work:
        kept = await work.bookings.lock([booking.booking_id for booking in bookings])
    return [kept[booking.booking_id].status for booking in bookings]


async def parked(engine: AsyncEngine, records: Collection[Record]) -> int:
    query = text('SELECT count(*) FROM parked WHERE "offset" = ANY(:offsets)')
    async with transaction(engine) as connection:
        found = await connection.execute(query, {"offsets": [each.offset for each in records]})
        return int(found.scalar_one())


async def test_a_batch_confirms_and_waits_across_tenants(
    consumer: BatchConsumer[PostgresUnitOfWork], opened: Opened, engine: AsyncEngine
) -> None:
    offer = a_dated_offer(uuid4(), capacity=3)
    bookings = await bookings_of(opened, consumer, offer, 6)
    records = [reserved(booking) for booking in bookings]
    await consumer.process([*records, *records[:2]])
    await consumer.process(list(reversed(records)))
    assert await statuses(opened, bookings) == [Status.CONFIRMED] * 3 + [Status.WAITLISTED] * 3
    await consumer.process([expired(bookings[1]), refused(bookings[0])])
    assert await statuses(opened, bookings) == [
        Status.CONFIRMED,
        Status.CANCELLED,
        Status.CONFIRMED,
        Status.CONFIRMED,
        Status.WAITLISTED,
        Status.WAITLISTED,
    ]
    async with transaction(engine, [offer.tenant_id]) as connection:
        assert await violated_invariants(connection) == []
    assert await parked(engine, records) == 0


async def test_any_order_and_repetition_ends_the_same(
    consumer: BatchConsumer[PostgresUnitOfWork], opened: Opened, engine: AsyncEngine
) -> None:
    chance = Random(7)
    offer = a_dated_offer(uuid4(), capacity=4)
    bookings = await bookings_of(opened, consumer, offer, 12)
    records = [
        *(reserved(booking) for booking in bookings[:9]),
        *(expired(booking) for booking in bookings[:3]),
        *(refused(booking) for booking in bookings[9:]),
    ]
    for _ in range(4):
        chance.shuffle(records)
        for start in range(0, len(records), 5):
            await consumer.process(records[start : start + 5])
    found = await statuses(opened, bookings)
    assert found[:3] == [Status.CANCELLED] * 3
    assert found[9:] == [Status.DECLINED] * 3
    assert Counter(found[3:9]) == {Status.CONFIRMED: 4, Status.WAITLISTED: 2}
    async with transaction(engine, [offer.tenant_id]) as connection:
        assert await violated_invariants(connection) == []


async def test_an_answer_to_an_unknown_booking_is_buried_and_the_others_go_on(
    consumer: BatchConsumer[PostgresUnitOfWork], opened: Opened, engine: AsyncEngine
) -> None:
    offer = a_dated_offer(uuid4(), capacity=2)
    known, unknown = (
        await bookings_of(opened, consumer, offer, 1),
        a_booking(uuid4(), uuid4(), offer),
    )
    lost = reserved(unknown)
    await consumer.process([lost, reserved(known[0])])
    assert await statuses(opened, known) == [Status.CONFIRMED]
    assert await parked(engine, [lost]) == 1


async def test_an_older_name_does_not_come_back(
    consumer: BatchConsumer[PostgresUnitOfWork], opened: Opened
) -> None:
    tenant_id = uuid4()
    await consumer.process([activated(tenant_id, "neu", 2)])
    await consumer.process([activated(tenant_id, "alt", 1)])
    async with opened([tenant_id]) as work:
        assert (await work.tenants.get_many([tenant_id]))[tenant_id].name == "neu"


async def test_the_newest_status_counts_in_whatever_order_it_is_told(
    consumer: BatchConsumer[PostgresUnitOfWork], opened: Opened
) -> None:
    tenant_id = uuid4()
    records = [
        activated(tenant_id, sequence=1),
        told(TenantSuspendedV1, tenant_id, 2, status="suspended"),
        told(TenantResumedV1, tenant_id, 3, status="leaving"),
        told(TenantLeftV1, tenant_id, 4, status="left", last_export_day="2028-03-31"),
    ]
    for order in permutations(records):
        await consumer.process(list(order))
        async with opened([tenant_id]) as work:
            [kept] = (await work.tenants.get_many([tenant_id])).values()
        assert (kept.name, kept.status) == ("Worms", "left")


@pytest.mark.parametrize("is_erased", [True, False])
async def test_nobody_books_for_who_is_gone(
    consumer: BatchConsumer[PostgresUnitOfWork], opened: Opened, is_erased: bool
) -> None:
    tenant_id, person_id = uuid4(), uuid4()
    gone: Event = PersonLeftV1(person_id=person_id, left_on=NOW.date())
    if is_erased:
        gone = PersonErasedV1(person_id=person_id)
    there = PersonRegisteredV1(person_id=person_id, roles=())
    await consumer.process([activated(tenant_id, "A", 1)])
    claim = a_claim(tenant_id, person_id, a_dated_offer(uuid4()))
    for event, sequence, is_known in (
        (there, 1, True),
        (gone, 3, False),
        (there, 2, False),
        (there, 4, True),
    ):
        await consumer.process([record(event, tenant_id, person_id, sequence)])
        async with opened([tenant_id]) as work:
            assert (await work.bookings.premises(claim)).is_person_known is is_known


def test_every_event_that_is_read_has_a_use_case() -> None:
    assert {event.TYPE for event in consumer_module.HANDLERS} == {
        "tenant.activated.v1",
        "tenant.changed.v1",
        "tenant.suspended.v1",
        "tenant.resumed.v1",
        "tenant.leaving.v1",
        "tenant.left.v1",
        "person.registered.v1",
        "person.left.v1",
        "person.erased.v1",
        "agreement.started.v1",
        "agreement.changed.v1",
        "agreement.ended.v1",
        "operator_access.granted.v1",
        "operator_access.ended.v1",
        "voucher.reserved.v1",
        "voucher.refused.v1",
        "voucher.expired.v1",
    }
