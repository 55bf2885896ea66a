"""One suite for the fakes and for PostgreSQL: they keep the same promises."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.adapters.invariants import violated_invariants
from services.catalogue.adapters.scopes import providers
from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from services.catalogue.application.ports import UnitOfWork
from services.catalogue.application.queries import BookingFilter, OfferFilter
from services.catalogue.application.request_booking import RequestBooking, request_booking
from services.catalogue.application.settle_bookings import (
    GrantBooking,
    SettleBooking,
    cancel_booking,
    grant_bookings,
)
from services.catalogue.domain.booking import Booking, Payment, Status
from services.catalogue.domain.competence_model import FieldKind
from services.catalogue.domain.errors import AlreadyBookedError
from services.catalogue.domain.member import Person, Tenant
from services.catalogue.domain.offer import Offer, OfferKind
from services.catalogue.domain.visibility import Visibility
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from tests.catalogue.builders import (
    NOW,
    a_booking,
    a_cause,
    a_claim,
    a_dated_offer,
    a_model,
    an_offer,
)
from tests.catalogue.fakes import FakeUnitOfWork, FakeUnits

Opened = Callable[[Collection[UUID]], AbstractAsyncContextManager[Any]]


@pytest.fixture(params=["fakes", "postgres"])
def opened(request: pytest.FixtureRequest) -> Opened:
    if request.param == "fakes":
        return FakeUnits()
    postgres: Opened = request.getfixturevalue("postgres")
    return postgres


@pytest.fixture(scope="session")
def engine(engine_for: Callable[[str], AsyncEngine]) -> AsyncEngine:
    return engine_for("catalogue")


@pytest.fixture(scope="session")
def postgres(engine: AsyncEngine) -> Opened:
    return units_of_work(engine, PostgresUnitOfWork, source="/catalogue")


async def known(opened: Opened, *tenants: UUID) -> list[UUID]:
    """Make tenants known, with a person each; returns the people."""
    people = [uuid4() for _ in tenants]
    async with opened(tenants) as work:
        await work.tenants.learn([(Tenant(each, "Stadt Trier"), 1) for each in tenants])
        pairs = zip(tenants, people, strict=True)
        await work.people.learn([(Person(*pair), 1) for pair in pairs])
    return people


async def published(opened: Opened, offer: Offer) -> Offer:
    async with opened([offer.tenant_id]) as work:
        await work.offers.add(offer)
    return offer


async def added(opened: Opened, booking: Booking) -> Booking:
    async with opened([booking.tenant_id]) as work:
        await work.bookings.add(booking)
    return booking


async def test_a_model_is_seen_by_its_tenant_or_by_all(opened: Opened) -> None:
    tenant, other = uuid4(), uuid4()
    own, shared = a_model(tenant), a_model(tenant, visibility=Visibility.COOPERATIVE)
    async with opened([tenant]) as work:
        await work.competence_models.add(own)
        await work.competence_models.add(shared)
    wanted = [each.competence_id for each in (*own.competences, *shared.competences)]
    async with opened([tenant]) as work:
        assert await work.competence_models.get(own.model_id) == own
        found = await work.competence_models.competences(wanted)
        assert [found[each].name for each in wanted] == ["Ziele setzen", "Rückmeldung geben"] * 2
        assert await work.competence_models.competences([]) == {}
        assert set(await work.competence_models.field_kinds(wanted)) == {FieldKind.LEADERSHIP}
        assert not await work.competence_models.field_kinds([uuid4()])
    async with opened([other]) as work:
        assert await work.competence_models.get(own.model_id) is None
        assert await work.competence_models.get(shared.model_id) == shared
        seen = await work.competence_models.competences(wanted)
        assert set(seen) == {each.competence_id for each in shared.competences}


async def test_an_offer_is_seen_by_its_provider_or_by_all(opened: Opened) -> None:
    provider, other = uuid4(), uuid4()
    own = await published(opened, an_offer(provider, visibility=Visibility.OWN))
    dated = await published(opened, a_dated_offer(provider))
    for tenant, seen in ((provider, [own, dated]), (other, [None, dated])):
        async with opened([tenant]) as work:
            found = [await work.offers.get(each.offer_id) for each in (own, dated)]
            assert found == seen


async def test_places_are_the_providers(opened: Opened) -> None:
    provider, tenant = uuid4(), uuid4()
    (person,) = await known(opened, tenant)
    course, dated = an_offer(provider), a_dated_offer(provider, capacity=3)
    for offer in (course, dated):
        await published(opened, offer)
    booking = await added(opened, a_booking(tenant, person, dated))
    async with opened([tenant]) as work:
        assert await work.seats.lock_for([booking.booking_id]) == {}
    async with opened([tenant, provider]) as work:
        seats = await work.seats.lock_for([booking.booking_id])
        assert list(seats) == [dated.offer_id]
        seats[dated.offer_id].take()
        await work.seats.save(seats.values())
    async with opened([provider]) as work:
        kept = await work.seats.lock([course.offer_id, dated.offer_id])
        assert [(each.taken, each.free, each.version) for each in kept.values()] == [(1, 2, 1)]


async def test_premises_are_what_is_known(opened: Opened) -> None:
    provider, tenant, other = uuid4(), uuid4(), uuid4()
    person, stranger = await known(opened, tenant, other)
    own = await published(opened, an_offer(provider, visibility=Visibility.OWN))
    shared = await published(opened, an_offer(provider))
    async with opened([tenant]) as work:
        premises = await work.bookings.premises(a_claim(tenant, person, shared))
        assert (premises.is_tenant_known, premises.is_person_known) == (True, True)
        assert premises.offer == shared
        missing = await work.bookings.premises(a_claim(tenant, stranger, own))
        assert (missing.is_tenant_known, missing.is_person_known) == (True, False)
        assert missing.offer is None
    async with opened([unknown := uuid4()]) as work:
        premises = await work.bookings.premises(a_claim(unknown, person, shared))
        assert (premises.is_tenant_known, premises.is_person_known) == (False, False)


async def test_a_booking_is_kept_with_all_it_says(opened: Opened) -> None:
    provider, tenant, other = uuid4(), uuid4(), uuid4()
    (person,) = await known(opened, tenant)
    offer = await published(opened, an_offer(provider))
    booking = await added(opened, a_booking(tenant, person, offer, programme_id=uuid4()))
    booking.grant(uuid4(), None, NOW + timedelta(minutes=1))
    async with opened([provider]) as work:
        assert await work.bookings.lock([booking.booking_id, uuid4()]) != {}
        await work.bookings.save([booking])
    async with opened([tenant]) as work:
        assert await work.bookings.get(booking.booking_id) == booking
    async with opened([other]) as work:
        assert await work.bookings.get(booking.booking_id) is None
        assert await work.bookings.lock([booking.booking_id]) == {}


async def test_a_second_live_booking_is_refused(opened: Opened) -> None:
    tenant = uuid4()
    (person,) = await known(opened, tenant)
    offer = await published(opened, an_offer(tenant))
    first = await added(opened, a_booking(tenant, person, offer))
    with pytest.raises(AlreadyBookedError):
        await added(opened, a_booking(tenant, person, offer))
    first.cancel(None, NOW)
    async with opened([tenant]) as work:
        await work.bookings.save([first])
    await added(opened, a_booking(tenant, person, offer))


async def test_who_waited_longest_comes_first(opened: Opened) -> None:
    provider, *tenants = (uuid4() for _ in range(5))
    people = await known(opened, *tenants)
    one, two = a_dated_offer(provider), a_dated_offer(provider)
    queue = []
    for offer in (one, two):
        await published(opened, offer)
        for number, (tenant, person) in enumerate(zip(tenants, people, strict=True)):
            at = NOW - timedelta(minutes=number // 2)
            booking = a_booking(tenant, person, offer, now=at)
            queue.append(await added(opened, replace(booking, status=Status.WAITLISTED)))
    async with opened([provider]) as work:
        found = await work.bookings.waiting({one.offer_id: 3, two.offer_id: 1})
    first = sorted(queue[:4], key=lambda each: each.turn)[:3]
    second = min(queue[4:], key=lambda each: each.turn)
    assert found == sorted([*first, second], key=lambda each: each.turn)


async def test_an_older_copy_changes_nothing(opened: Opened) -> None:
    tenant, person = uuid4(), uuid4()
    async with opened([tenant]) as work:
        await work.tenants.learn([(Tenant(tenant, "neu"), 2), (Tenant(tenant, "alt"), 1)])
        await work.people.learn([(Person(tenant, person), 1), (Person(tenant, person), 1)])
    async with opened([tenant]) as work:
        await work.tenants.learn([(Tenant(tenant, "alt"), 1)])
        assert await work.tenants.get_many([tenant]) == {tenant: Tenant(tenant, "neu")}
    async with opened([uuid4()]) as work:
        assert await work.tenants.get_many([tenant]) == {}


async def test_lists_are_filtered_and_ordered(postgres: Opened) -> None:
    provider, tenant = uuid4(), uuid4()
    (person,) = await known(postgres, tenant)
    course = await published(postgres, an_offer(provider, visibility=Visibility.OWN))
    date = await published(postgres, a_dated_offer(provider))
    booking = await added(postgres, a_booking(tenant, person, date))
    async with postgres([provider]) as work:
        competence = course.competences[0].competence_id
        assert await work.queries.offers(OfferFilter(competence), 10, 0) == [course]
        dates = await work.queries.offers(OfferFilter(kind=OfferKind.ONLINE_DATE), 500, 0)
        assert date in dates
        assert course not in dates
        assert await work.queries.bookings_of_offer(date.offer_id, None, 10, 0) == [booking]
        confirmed = Status.CONFIRMED
        assert await work.queries.bookings_of_offer(date.offer_id, confirmed, 10, 0) == []
        assert await work.queries.bookings(provider, BookingFilter(), 10, 0) == []
    async with postgres([tenant]) as work:
        wanted = BookingFilter(person, date.offer_id, Status.REQUESTED)
        assert await work.queries.bookings(tenant, wanted, 10, 0) == [booking]
        assert await work.queries.bookings(tenant, BookingFilter(uuid4()), 10, 0) == []


async def test_nobody_writes_for_another_tenant(postgres: Opened) -> None:
    provider, tenant, other = uuid4(), uuid4(), uuid4()
    (person,) = await known(postgres, tenant)
    offer = await published(postgres, an_offer(provider))
    booking = a_booking(tenant, person, offer)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with postgres([other]) as work:
            await work.bookings.add(booking)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with postgres([other]) as work:
            await work.offers.add(offer)
    with pytest.raises(IntegrityError):
        await added(postgres, a_booking(tenant, uuid4(), offer))


async def test_of_many_who_book_at_once_one_does(postgres: Opened) -> None:
    tenant = uuid4()
    (person,) = await known(postgres, tenant)
    offer = await published(postgres, an_offer(tenant))
    tries = [added(postgres, a_booking(tenant, person, offer)) for _ in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in outcomes].count(AlreadyBookedError) == 7


async def book_and_give_up(
    opened: Opened, tenant: UUID, person: UUID, offer: Offer, payment: Payment
) -> None:
    both = {tenant, offer.tenant_id}
    claim = a_claim(tenant, person, offer, payment=payment)
    async with opened(both) as work:
        booking = await request_booking(work, RequestBooking(uuid4(), claim, a_cause()), NOW)
    key = (tenant, booking.booking_id, a_cause())
    if payment is Payment.VOUCHER:
        async with opened(both) as work:
            await grant_bookings(work, [GrantBooking(*key, uuid4())], NOW)
    if person.int % 3 == 0:
        async with opened(both) as work:
            await cancel_booking(work, SettleBooking(*key), NOW)


async def test_a_race_for_places_keeps_the_invariants(
    postgres: Opened, engine: AsyncEngine
) -> None:
    provider, tenants = uuid4(), [uuid4() for _ in range(24)]
    people = await known(postgres, *tenants)
    dates = [await published(postgres, a_dated_offer(provider, capacity=5)) for _ in range(2)]
    await asyncio.gather(
        *(
            book_and_give_up(postgres, tenant, person, dates[number % 2], payment)
            for number, (tenant, person) in enumerate(zip(tenants, people, strict=True))
            for payment in [(Payment.OWN, Payment.VOUCHER)[number // 2 % 2]]
        )
    )
    async with transaction(engine, [provider]) as connection:
        assert await violated_invariants(connection) == []
        taken = await connection.execute(text("SELECT taken FROM seats"))
        assert set(taken.scalars()) <= {4, 5}


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (Status.WAITLISTED, "nobody waits while a date has a free place"),
        (Status.CONFIRMED, "as many places of a date are taken as bookings have one"),
    ],
)
async def test_invariants_are_noticed_by_whoever_checks_them(
    postgres: Opened, engine: AsyncEngine, status: Status, name: str
) -> None:
    provider, tenant = uuid4(), uuid4()
    (person,) = await known(postgres, tenant)
    offer = await published(postgres, a_dated_offer(provider))
    booking = await added(postgres, a_booking(tenant, person, offer))
    async with postgres([tenant]) as work:
        await work.bookings.save([replace(booking, status=status)])
    async with transaction(engine, [provider]) as connection:
        assert await violated_invariants(connection) == [name]
    async with transaction(engine, operator=True) as connection:
        assert name in await violated_invariants(connection)
    async with transaction(engine, [uuid4()]) as connection:
        assert await violated_invariants(connection) == []


async def test_a_batch_acts_for_the_providers_too(postgres: Opened, engine: AsyncEngine) -> None:
    provider, tenant = uuid4(), uuid4()
    (person,) = await known(postgres, tenant)
    offer = await published(postgres, a_dated_offer(provider))
    booking = await added(postgres, a_booking(tenant, person, offer))
    assert list(await providers(engine, [tenant], [booking.booking_id, uuid4()])) == [provider]
    assert list(await providers(engine, [uuid4()], [booking.booking_id])) == []


def conforms(fake: FakeUnitOfWork, unit: PostgresUnitOfWork) -> tuple[UnitOfWork, UnitOfWork]:
    """For the type checker: both provide the ports."""
    return fake, unit
