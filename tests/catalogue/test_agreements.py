"""What cooperation agreements share is there for their parties while they run, and for nobody else."""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from services.catalogue.application.queries import OfferFilter
from services.catalogue.application.record_completions import RecordCompletions, record_completions
from services.catalogue.application.request_booking import RequestBooking, request_booking
from services.catalogue.domain.agreement import Agreement
from services.catalogue.domain.booking import Booking, Completion, Payment
from services.catalogue.domain.errors import (
    NoLearnersError,
    OfferNotFoundError,
    ProviderNotActiveError,
)
from services.catalogue.domain.member import Person, Tenant
from services.catalogue.domain.offer import Offer
from services.catalogue.domain.visibility import Visibility
from services.catalogue.entrypoints import consumer as consumer_module
from services.catalogue.entrypoints.consumer import create_consumer
from services.member.contracts.events import (
    AgreementChangedV1,
    AgreementEndedV1,
    AgreementPartyV1,
    AgreementStartedV1,
    SharedOfferV1,
)
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from tests.catalogue.builders import NOW, a_cause, a_claim, a_dated_offer, an_offer
from tests.catalogue.fakes import FakeUnits
from tests.catalogue.test_consumer import Parts, record

Opened = Callable[[Collection[UUID]], AbstractAsyncContextManager[Any]]

CITY, AGENCY, UNIVERSITY, PARTNER, OUTSIDER = "city", "agency", "university", "partner", "outsider"


@pytest.fixture(scope="session")
def engine(engine_for: Callable[[str], AsyncEngine]) -> AsyncEngine:
    return engine_for("catalogue")


@pytest.fixture(scope="session")
def postgres(engine: AsyncEngine) -> Opened:
    return units_of_work(engine, PostgresUnitOfWork, source="/catalogue")


@pytest.fixture(params=["fakes", "postgres"])
def opened(request: pytest.FixtureRequest) -> Opened:
    if request.param == "fakes":
        return FakeUnits()
    found: Opened = request.getfixturevalue("postgres")
    return found


@pytest.fixture
async def members(opened: Opened) -> dict[str, UUID]:
    """Dessau-Roßlau's joint series: a city, a federal agency, a university, a partner, and an outsider."""
    return await make_members(opened)


async def make_members(opened: Opened) -> dict[str, UUID]:
    members = {name: uuid4() for name in (CITY, AGENCY, UNIVERSITY, PARTNER, OUTSIDER)}
    async with opened(members.values()) as work:
        await work.tenants.learn([(Tenant(each, name), 1) for name, each in members.items()])
        # Each member's only person has the member's own id, which keeps the tests short.
        await work.people.learn([(Person(each, each), 1) for each in members.values()])
    return members


def series(members: dict[str, UUID], *offers: Offer, ends_at: datetime | None = None) -> Agreement:
    parts = {CITY: "host", AGENCY: "party", UNIVERSITY: "party", PARTNER: "facilitator"}
    return Agreement(
        tenant_id=members[CITY],
        agreement_id=uuid4(),
        parts={members[name]: part for name, part in parts.items()},
        offers=frozenset((offer.tenant_id, offer.offer_id) for offer in offers),
        ends_at=ends_at,
    )


async def publish(opened: Opened, offer: Offer) -> Offer:
    async with opened([offer.tenant_id]) as work:
        await work.offers.add(offer)
    return offer


async def learn(opened: Opened, agreement: Agreement, sequence: int = 1) -> None:
    async with opened([agreement.tenant_id]) as work:
        await work.agreements.learn([(agreement, sequence)])


async def sees(opened: Opened, tenant_id: UUID, offer: Offer) -> bool:
    async with opened([tenant_id]) as work:
        return await work.offers.get(offer.offer_id) is not None


async def book(opened: Opened, tenant_id: UUID, offer: Offer, now: datetime = NOW) -> Booking:
    claim = a_claim(tenant_id, tenant_id, offer, payment=Payment.OWN)
    async with opened({tenant_id, offer.tenant_id}) as work:
        command = RequestBooking(uuid4(), claim, a_cause())
        return await request_booking(work, command, now)


async def seen_by(opened: Opened, members: dict[str, UUID], offer: Offer) -> set[str]:
    return {name for name, each in members.items() if await sees(opened, each, offer)}


async def test_the_parties_of_a_joint_series_see_it_only_while_it_runs(
    opened: Opened, members: dict[str, UUID]
) -> None:
    lecture = await publish(opened, an_offer(members[UNIVERSITY], visibility=Visibility.OWN))
    training = await publish(opened, a_dated_offer(members[CITY], visibility=Visibility.OWN))
    agreement = series(members, lecture, training)
    assert await seen_by(opened, members, lecture) == {UNIVERSITY}
    assert await seen_by(opened, members, training) == {CITY}
    with pytest.raises(OfferNotFoundError):
        await book(opened, members[AGENCY], lecture)

    await learn(opened, agreement)
    for offer in (lecture, training):
        assert await seen_by(opened, members, offer) == {CITY, AGENCY, UNIVERSITY, PARTNER}
        running = await book(opened, members[AGENCY], offer)
        with pytest.raises(OfferNotFoundError):
            await book(opened, members[OUTSIDER], offer)
        with pytest.raises(NoLearnersError):
            await book(opened, members[PARTNER], offer)

    ended = Agreement(agreement.tenant_id, agreement.agreement_id, {}, frozenset(), None)
    await learn(opened, ended, sequence=2)
    await learn(opened, agreement, sequence=1)  # late, or once more
    assert await seen_by(opened, members, lecture) == {UNIVERSITY}
    assert await seen_by(opened, members, training) == {CITY}
    with pytest.raises(OfferNotFoundError):
        await book(opened, members[UNIVERSITY], training)

    async with opened([members[AGENCY]]) as work:
        assert (await work.bookings.get(running.booking_id)).status == "confirmed"
    async with opened([members[CITY]]) as work:
        command = RecordCompletions(
            members[CITY], training.offer_id, (running.booking_id,), a_cause()
        )
        outcomes = await record_completions(work, command, NOW)
    assert outcomes == {running.booking_id: Completion.COMPLETED}


async def test_who_left_an_agreement_sees_and_shares_nothing_and_what_was_booked_stays(
    opened: Opened, members: dict[str, UUID]
) -> None:
    lecture = await publish(opened, an_offer(members[UNIVERSITY], visibility=Visibility.OWN))
    training = await publish(opened, a_dated_offer(members[CITY], visibility=Visibility.OWN))
    agreement = series(members, lecture, training)
    await learn(opened, agreement)
    booked = {
        UNIVERSITY: await book(opened, members[UNIVERSITY], training),
        AGENCY: await book(opened, members[AGENCY], lecture),
    }
    stay = {key: part for key, part in agreement.parts.items() if key != members[UNIVERSITY]}
    theirs = frozenset({(members[CITY], training.offer_id)})
    await learn(opened, replace(agreement, parts=stay, offers=theirs), sequence=2)
    assert await seen_by(opened, members, lecture) == {UNIVERSITY}
    assert await seen_by(opened, members, training) == {CITY, AGENCY, PARTNER}
    for name, offer in ((UNIVERSITY, training), (AGENCY, lecture)):
        with pytest.raises(OfferNotFoundError):
            await book(opened, members[name], offer)
        async with opened([members[name]]) as work:
            assert (await work.bookings.get(booked[name].booking_id)).status == "confirmed"
    for offer, provider, name in ((training, CITY, UNIVERSITY), (lecture, UNIVERSITY, AGENCY)):
        async with opened([members[provider]]) as work:
            booking_id = booked[name].booking_id
            command = RecordCompletions(members[provider], offer.offer_id, (booking_id,), a_cause())
            outcomes = await record_completions(work, command, NOW)
        assert outcomes == {booking_id: Completion.COMPLETED}


async def test_while_its_provider_is_suspended_what_is_shared_is_seen_and_not_booked(
    opened: Opened, members: dict[str, UUID]
) -> None:
    lecture = await publish(opened, an_offer(members[UNIVERSITY], visibility=Visibility.OWN))
    await learn(opened, series(members, lecture))
    for sequence, status in ((2, "suspended"), (3, "active")):
        provider = Tenant(members[UNIVERSITY], UNIVERSITY, status)
        async with opened([provider.tenant_id]) as work:
            await work.tenants.learn([(provider, sequence)])
        assert await seen_by(opened, members, lecture) == {CITY, AGENCY, UNIVERSITY, PARTNER}
        if status == "suspended":
            with pytest.raises(ProviderNotActiveError):
                await book(opened, members[AGENCY], lecture)
    assert (await book(opened, members[AGENCY], lecture)).status == "confirmed"


async def test_nobody_shares_what_another_provides(
    opened: Opened, members: dict[str, UUID]
) -> None:
    secret = await publish(opened, an_offer(members[OUTSIDER], visibility=Visibility.OWN))
    stolen = series(members, secret)
    await learn(opened, stolen)
    renamed = Agreement(
        members[CITY],
        uuid4(),
        stolen.parts,
        frozenset({(members[CITY], secret.offer_id)}),
        ends_at=None,
    )
    await learn(opened, renamed)
    assert await seen_by(opened, members, secret) == {OUTSIDER}
    with pytest.raises(OfferNotFoundError):
        await book(opened, members[AGENCY], secret)


async def test_an_end_that_was_agreed_needs_no_event(postgres: Opened) -> None:
    members = await make_members(postgres)
    offer = await publish(postgres, an_offer(members[CITY], visibility=Visibility.OWN))
    await learn(postgres, series(members, offer, ends_at=utc_now() - timedelta(seconds=1)))
    assert await seen_by(postgres, members, offer) == {CITY}
    with pytest.raises(OfferNotFoundError):
        await book(postgres, members[AGENCY], offer, utc_now())


async def test_the_view_and_the_rule_say_the_same(postgres: Opened) -> None:
    random = Random(5)
    tenants = [uuid4() for _ in range(5)]
    async with postgres(tenants) as work:
        await work.tenants.learn([(Tenant(each, "Stadt"), 1) for each in tenants])
    offers = [
        await publish(postgres, an_offer(each, visibility=Visibility.OWN)) for each in tenants[:4]
    ]
    pairs = [(each.tenant_id, each.offer_id) for each in offers]
    pairs += [(provider, offers[0].offer_id) for provider in tenants]
    now = utc_now()
    agreements = [
        Agreement(
            tenant_id=tenants[0],
            agreement_id=uuid4(),
            parts=dict.fromkeys(random.sample(tenants, random.randint(0, 4)), "party"),
            offers=frozenset(random.sample(pairs, random.randint(0, 3))),
            ends_at=random.choice([None, now - timedelta(days=1), now + timedelta(days=1)]),
        )
        for _ in range(8)
    ]
    for number in range(0, len(agreements), 2):
        async with postgres([tenants[0]]) as work:
            await work.agreements.learn([(each, 1) for each in agreements[number : number + 2]])
        learned = agreements[: number + 2]
        for tenant_id in tenants:
            async with postgres([tenant_id]) as work:
                found = {each.offer_id for each in await work.queries.offers(OfferFilter(), 500, 0)}
            for offer in offers:
                expected = offer.tenant_id == tenant_id or any(
                    each.lets_see(tenant_id, offer, now) for each in learned
                )
                assert (offer.offer_id in found) is expected


async def test_only_parties_know_an_agreement_and_only_its_owner_writes_it(
    postgres: Opened, engine: AsyncEngine
) -> None:
    members = await make_members(postgres)
    agreement = series(members)
    await learn(postgres, agreement)
    count = text("SELECT count(*) FROM agreement WHERE agreement_id = :id")
    for name, expected in ((AGENCY, 1), (PARTNER, 1), (OUTSIDER, 0)):
        async with transaction(engine, [members[name]]) as connection:
            found = await connection.scalar(count, {"id": agreement.agreement_id})
            assert found == expected
    async with transaction(engine, [members[AGENCY]]) as connection:
        changed = await connection.execute(text("UPDATE agreement SET parts = '{}'"))
        assert changed.rowcount == 0
    with pytest.raises(DBAPIError):
        async with postgres([members[OUTSIDER]]) as work:
            await work.agreements.learn([(agreement, 2)])


async def test_events_make_and_end_the_sharing_in_any_order(
    postgres: Opened, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "utc_now", lambda: NOW)
    members = await make_members(postgres)
    first, second = [
        await publish(postgres, an_offer(members[CITY], visibility=Visibility.OWN))
        for _ in range(2)
    ]
    parties = tuple(
        AgreementPartyV1(tenant_id=members[name], part="party") for name in (CITY, AGENCY)
    )
    shared = [
        SharedOfferV1(provider_id=members[CITY], offer_id=each.offer_id) for each in (first, second)
    ]
    agreement_id = uuid4()
    started = AgreementStartedV1(
        agreement_id=agreement_id, parties=parties, offers=(shared[0],), ends_at=None
    )
    changed = AgreementChangedV1(
        agreement_id=agreement_id, parties=parties, offers=(shared[1],), ends_at=None
    )
    ended = AgreementEndedV1(agreement_id=agreement_id, reason="notice_given")
    records = [
        record(event, members[CITY], agreement_id, sequence)
        for sequence, event in enumerate((started, changed, ended), 1)
    ]
    consumer = create_consumer(Parts(engine, postgres))  # type: ignore[arg-type]  # it takes no more
    await consumer.process([records[1]])
    await consumer.process([records[0]])
    assert not await sees(postgres, members[AGENCY], first)
    assert await sees(postgres, members[AGENCY], second)
    await consumer.process([records[2], records[1]])
    assert await seen_by(postgres, members, second) == {CITY}
    assert await consumer.rebuild(records) == 3
    assert await seen_by(postgres, members, second) == {CITY}
