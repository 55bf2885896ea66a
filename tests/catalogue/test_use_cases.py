"""The use cases on fakes: batches, duplicates, late and reordered events."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalogue.application.publish_offer import PublishOffer, publish_offer
from services.catalogue.application.record_completions import RecordCompletions, record_completions
from services.catalogue.application.request_booking import RequestBooking, request_booking
from services.catalogue.application.settle_bookings import (
    DeclineBooking,
    GrantBooking,
    SettleBooking,
    cancel_booking,
    decline_bookings,
    grant_bookings,
    lapse_bookings,
)
from services.catalogue.contracts.events import (
    BookingConfirmedV1,
    BookingRequestedV1,
    BookingWaitlistedV1,
    OfferPublishedV1,
    ParticipationCompletedV1,
)
from services.catalogue.domain.booking import FINAL, Booking, Completion, Payment, Status
from services.catalogue.domain.competence_model import FieldKind
from services.catalogue.domain.errors import (
    AlreadyBookedError,
    BookingNotFoundError,
    CompetenceUnknownError,
    NotCancellableError,
    OfferNotFoundError,
    TenantNotKnownError,
)
from services.catalogue.domain.member import Person, Tenant
from services.catalogue.domain.offer import Offer
from shared.envelope import Cause
from tests.catalogue.builders import (
    NOW,
    a_cause,
    a_claim,
    a_content,
    a_dated_offer,
    a_model,
    an_offer,
)
from tests.catalogue.fakes import FakeUnitOfWork, Store, run

PROVIDER, TENANT, OTHER = uuid4(), uuid4(), uuid4()


@dataclass
class World:
    """A store with two tenants that book and one that provides."""

    store: Store = field(default_factory=Store)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.work = FakeUnitOfWork(self.store, {PROVIDER, TENANT, OTHER})
        names = [(Tenant(each, "Stadt Mannheim"), 1) for each in (PROVIDER, TENANT, OTHER)]
        run(self.work.tenants.learn(names))

    def offer(self, offer: Offer) -> Offer:
        run(self.work.offers.add(offer))
        return offer

    def person(self, tenant_id: UUID = TENANT) -> UUID:
        person_id = uuid4()
        run(self.work.people.learn([(Person(tenant_id, person_id), 1)]))
        return person_id

    def book(
        self, offer: Offer, payment: Payment = Payment.VOUCHER, tenant_id: UUID = TENANT
    ) -> Booking:
        self.now += timedelta(seconds=1)
        claim = a_claim(tenant_id, self.person(tenant_id), offer, payment=payment)
        return run(request_booking(self.work, RequestBooking(uuid4(), claim, a_cause()), self.now))

    def grant(self, *bookings: Booking) -> None:
        commands = [GrantBooking(b.tenant_id, b.booking_id, a_cause(), uuid4()) for b in bookings]
        run(grant_bookings(self.work, commands, self.now))

    def decline(self, booking: Booking) -> None:
        command = DeclineBooking(booking.tenant_id, booking.booking_id, a_cause(), "exhausted")
        run(decline_bookings(self.work, [command], self.now))

    def lapse(self, *bookings: Booking) -> None:
        commands = [SettleBooking(b.tenant_id, b.booking_id, a_cause()) for b in bookings]
        run(lapse_bookings(self.work, commands, self.now))

    def cancel(self, booking: Booking) -> Booking:
        command = SettleBooking(booking.tenant_id, booking.booking_id, a_cause())
        return run(cancel_booking(self.work, command, self.now))

    def complete(self, offer: Offer, *booking_ids: UUID) -> dict[UUID, Completion]:
        command = RecordCompletions(PROVIDER, offer.offer_id, booking_ids, a_cause())
        return dict(run(record_completions(self.work, command, self.now)))

    def status(self, booking: Booking) -> Status:
        return self.store.bookings[booking.booking_id].status

    def statuses(self, *bookings: Booking) -> list[Status]:
        return [self.status(each) for each in bookings]


def test_every_change_publishes_one_event_in_sequence() -> None:
    world = World()
    offer = world.offer(a_dated_offer(PROVIDER, capacity=1))
    first, second = world.book(offer), world.book(offer, tenant_id=OTHER)
    world.grant(second, first)
    world.cancel(first)
    world.complete(offer, second.booking_id)
    told = {
        each.booking_id: [
            (event.event.TYPE, event.sequence)
            for event in world.store.published
            if event.aggregate == str(each.booking_id)
        ]
        for each in (first, second)
    }
    assert told[first.booking_id] == [
        ("booking.requested.v1", 1),
        ("booking.confirmed.v1", 2),
        ("booking.cancelled.v1", 3),
    ]
    assert told[second.booking_id] == [
        ("booking.requested.v1", 1),
        ("booking.waitlisted.v1", 2),
        ("booking.confirmed.v1", 3),
        ("participation.completed.v1", 4),
    ]
    for event in world.store.published:
        assert event.cause.correlation_id == event.aggregate
        assert getattr(event.event, "provider_id", None) == PROVIDER
    assert {
        e.tenant_id for e in world.store.published if e.aggregate == str(second.booking_id)
    } == {OTHER}


def test_whatever_happens_to_a_booking_is_told_in_the_trace_of_its_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    traces = (f"00-{n:032x}-{n:016x}-01" for n in range(1, 100))
    monkeypatch.setattr(
        "tests.catalogue.test_use_cases.a_cause", lambda: Cause("story", traceparent=next(traces))
    )
    world = World()
    offer = world.offer(a_dated_offer(PROVIDER, capacity=1))
    first, second = world.book(offer), world.book(offer)
    world.grant(first, second)
    world.cancel(first)
    world.complete(offer, second.booking_id)
    told = [event.cause for event in world.store.published]
    assert len({each.traceparent for each in told}) == 2
    for event in world.store.published:
        booking = world.store.bookings[UUID(event.aggregate)]
        assert event.cause.traceparent == booking.traceparent
        is_request = event.event.TYPE == "booking.requested.v1"
        assert (event.cause.link is None) == is_request, "the rest links to what it comes from"


def test_who_pays_its_own_way_has_an_answer_at_once() -> None:
    world = World()
    offer = world.offer(a_dated_offer(PROVIDER, capacity=1))
    bookings = [world.book(offer, Payment.OWN) for _ in range(2)]
    assert world.statuses(*bookings) == [Status.CONFIRMED, Status.WAITLISTED]
    assert [type(each.event) for each in world.store.published] == [
        BookingConfirmedV1,
        BookingWaitlistedV1,
    ]
    assert [each.sequence for each in world.store.published] == [1, 1]
    course = world.book(world.offer(an_offer(PROVIDER)), Payment.OWN)
    assert course.status is Status.CONFIRMED


def test_a_person_holds_one_live_booking_of_an_offer() -> None:
    world = World()
    offer = world.offer(an_offer(PROVIDER))
    claim = a_claim(TENANT, world.person(), offer)
    first = run(request_booking(world.work, RequestBooking(uuid4(), claim, a_cause()), NOW))
    with pytest.raises(AlreadyBookedError):
        run(request_booking(world.work, RequestBooking(uuid4(), claim, a_cause()), NOW))
    world.cancel(first)
    run(request_booking(world.work, RequestBooking(uuid4(), claim, a_cause()), NOW))
    assert [type(each.event) for each in world.store.published].count(BookingRequestedV1) == 2


def test_a_batch_gives_places_to_who_asked_first() -> None:
    world = World()
    offer = world.offer(a_dated_offer(PROVIDER, capacity=2))
    bookings = [world.book(offer) for _ in range(4)]
    world.grant(*reversed(bookings))
    assert world.statuses(*bookings) == [Status.CONFIRMED] * 2 + [Status.WAITLISTED] * 2


def test_lapsed_bookings_of_a_batch_do_not_move_up() -> None:
    world = World()
    offer = world.offer(a_dated_offer(PROVIDER, capacity=1))
    first, second, third = (world.book(offer) for _ in range(3))
    world.grant(first, second, third)
    world.lapse(second, first, first)
    assert world.statuses(first, second, third) == [
        Status.CANCELLED,
        Status.CANCELLED,
        Status.CONFIRMED,
    ]


def test_late_answers_change_nothing() -> None:
    world = World()
    offer = world.offer(a_dated_offer(PROVIDER))
    cancelled, declined = world.book(offer), world.book(offer)
    world.cancel(cancelled)
    world.decline(declined)
    told = len(world.store.published)
    world.grant(cancelled, declined, cancelled)
    world.decline(cancelled)
    world.lapse(cancelled, declined)
    assert len(world.store.published) == told
    assert world.statuses(cancelled, declined) == [Status.CANCELLED, Status.DECLINED]


def test_an_answer_to_an_unknown_booking_is_an_error() -> None:
    world = World()
    known = world.book(world.offer(an_offer(PROVIDER)))
    unknown = GrantBooking(TENANT, uuid4(), a_cause(), uuid4())
    foreign = GrantBooking(OTHER, known.booking_id, a_cause(), uuid4())
    for command in (unknown, foreign):
        with pytest.raises(BookingNotFoundError):
            run(grant_bookings(world.work, [command], NOW))
    assert world.status(known) is Status.REQUESTED


def test_completions_say_what_came_of_each() -> None:
    world = World()
    offer, other = world.offer(an_offer(PROVIDER)), world.offer(an_offer(PROVIDER))
    confirmed, requested, elsewhere = world.book(offer), world.book(offer), world.book(other)
    world.grant(confirmed, elsewhere)
    ids = [b.booking_id for b in (confirmed, requested, elsewhere)]
    assert list(world.complete(offer, *ids, ids[0], uuid4()).values()) == [
        Completion.COMPLETED,
        Completion.NOT_CONFIRMED,
        Completion.NOT_FOUND,
        Completion.NOT_FOUND,
    ]
    assert world.complete(offer, ids[0]) == {ids[0]: Completion.UNCHANGED}
    event = world.store.published[-1].event
    assert isinstance(event, ParticipationCompletedV1)
    assert (event.provider_id, event.provider_name) == (PROVIDER, "Stadt Mannheim")
    assert event.achievement.competences == ("Wandel gestalten",)
    with pytest.raises(NotCancellableError):
        world.cancel(confirmed)


def test_only_the_provider_completes() -> None:
    world = World()
    offer = world.offer(an_offer(PROVIDER))
    command = RecordCompletions(TENANT, offer.offer_id, (uuid4(),), a_cause())
    with pytest.raises(OfferNotFoundError):
        run(record_completions(world.work, command, NOW))


def test_an_offer_teaches_competences_that_its_provider_sees() -> None:
    world = World()
    model = a_model(PROVIDER)
    run(world.work.competence_models.add(model))
    ids = tuple(each.competence_id for each in model.competences)
    command = PublishOffer(PROVIDER, uuid4(), a_content(), (*ids, ids[0]), a_cause())
    offer = run(publish_offer(world.work, command, NOW))
    assert tuple(each.competence_id for each in offer.competences) == ids
    unknown = PublishOffer(PROVIDER, uuid4(), a_content(), (uuid4(),), a_cause())
    with pytest.raises(CompetenceUnknownError, match=str(unknown.competence_ids[0])):
        run(publish_offer(world.work, unknown, NOW))
    stranger = PublishOffer(uuid4(), uuid4(), a_content(), (), a_cause())
    with pytest.raises(TenantNotKnownError):
        run(publish_offer(world.work, stranger, NOW))


def test_a_booking_says_what_it_costs_and_what_it_is_about() -> None:
    world = World()
    model = a_model(PROVIDER)
    run(world.work.competence_models.add(model))
    content = a_content(price_cents=12_000, competence_fields=frozenset({FieldKind.DIGITAL}))
    command = PublishOffer(
        PROVIDER, uuid4(), content, (model.competences[0].competence_id,), a_cause()
    )
    offer = run(publish_offer(world.work, command, NOW))
    world.book(offer)
    published, requested = (each.event for each in world.store.published)
    assert isinstance(published, OfferPublishedV1)
    assert isinstance(requested, BookingRequestedV1)
    for event in (published, requested):
        assert (event.price_cents, event.competence_fields) == (12_000, ("digital", "leadership"))


ACTIONS = ("grant", "grant", "decline", "lapse", "cancel", "complete", "own")


@settings(max_examples=150, deadline=None)
@given(
    capacity=st.integers(1, 3),
    history=st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.lists(st.integers(0, 7), min_size=1, max_size=4)),
        max_size=30,
    ),
)
def test_no_history_overbooks_forgets_or_ends_twice(
    capacity: int, history: list[tuple[str, list[int]]]
) -> None:
    world = World()
    offer = world.offer(a_dated_offer(PROVIDER, capacity=capacity))
    bookings = [world.book(offer, tenant_id=(TENANT, OTHER)[n % 2]) for n in range(8)]
    ended: dict[UUID, Status] = {}
    for action, numbers in history:
        act(world, offer, action, [bookings[number] for number in numbers], bookings)
        check(world, offer, ended)
    for each in bookings:
        sequences = [
            e.sequence for e in world.store.published if e.aggregate == str(each.booking_id)
        ]
        assert sequences == list(range(1, len(sequences) + 1))


def act(
    world: World, offer: Offer, action: str, chosen: list[Booking], bookings: list[Booking]
) -> None:
    if action == "grant":
        world.grant(*chosen)
    elif action == "lapse":
        world.lapse(*chosen)
    elif action == "complete":
        world.complete(offer, *(each.booking_id for each in chosen))
    elif action == "own":
        bookings.append(world.book(offer, Payment.OWN))
    elif action == "decline":
        world.decline(chosen[0])
    else:
        with suppress(NotCancellableError):
            world.cancel(chosen[0])


def check(world: World, offer: Offer, ended: dict[UUID, Status]) -> None:
    seats = world.store.seats[offer.offer_id]
    bookings = world.store.bookings.values()
    statuses = [each.status for each in bookings]
    assert seats.taken == statuses.count(Status.CONFIRMED) + statuses.count(Status.COMPLETED)
    assert seats.taken <= seats.capacity
    assert not (seats.free and Status.WAITLISTED in statuses)
    for each in bookings:
        assert ended.get(each.booking_id, each.status) is each.status
        if each.status in FINAL:
            ended[each.booking_id] = each.status
