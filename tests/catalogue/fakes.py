"""The ports in memory, with the rules of row-level security; nothing is kept before the end."""

from collections.abc import AsyncIterator, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from services.catalogue.domain.agreement import Agreement
from services.catalogue.domain.booking import Booking, Claim, Premises, Status
from services.catalogue.domain.competence_model import Competence, CompetenceModel, FieldKind
from services.catalogue.domain.errors import AlreadyBookedError
from services.catalogue.domain.member import BARRED, Person, Tenant
from services.catalogue.domain.offer import Offer
from services.catalogue.domain.seats import Seats
from services.catalogue.domain.visibility import Visibility
from shared.envelope import Outgoing
from tests.catalogue.builders import NOW

LIVE = {Status.REQUESTED, Status.CONFIRMED, Status.WAITLISTED}
R = TypeVar("R")


def run(work: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine that never waits, as those on fakes do."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # what the coroutine returned
    raise AssertionError("a fake does not wait")


@dataclass
class Store:
    """What has been kept."""

    models: dict[UUID, CompetenceModel] = field(default_factory=dict)
    offers: dict[UUID, Offer] = field(default_factory=dict)
    seats: dict[UUID, Seats] = field(default_factory=dict)
    bookings: dict[UUID, Booking] = field(default_factory=dict)
    tenants: dict[UUID, tuple[Tenant, int]] = field(default_factory=dict)
    people: dict[tuple[UUID, UUID], tuple[Person, int]] = field(default_factory=dict)
    agreements: dict[UUID, tuple[Agreement, int]] = field(default_factory=dict)
    published: list[Outgoing] = field(default_factory=list)


@dataclass
class _Part:
    store: Store
    acting: frozenset[UUID]


class FakeCompetenceModels(_Part):
    async def add(self, model: CompetenceModel) -> None:
        self.store.models[model.model_id] = model

    async def get(self, model_id: UUID) -> CompetenceModel | None:
        return next((each for each in self._seen() if each.model_id == model_id), None)

    async def competences(self, competence_ids: Collection[UUID]) -> Mapping[UUID, Competence]:
        every = (each for model in self._seen() for each in model.competences)
        return {each.competence_id: each for each in every if each.competence_id in competence_ids}

    async def field_kinds(self, competence_ids: Collection[UUID]) -> Collection[FieldKind]:
        return {
            field.kind
            for model in self._seen()
            for field in model.fields
            if any(each.competence_id in competence_ids for each in field.competences)
        }

    def _seen(self) -> list[CompetenceModel]:
        return [
            each
            for each in self.store.models.values()
            if each.tenant_id in self.acting or each.visibility is Visibility.COOPERATIVE
        ]


class FakeOffers(_Part):
    async def add(self, offer: Offer) -> None:
        self.store.offers[offer.offer_id] = offer
        if offer.content.date:
            seats = Seats(offer.tenant_id, offer.offer_id, offer.content.date.capacity)
            self.store.seats[offer.offer_id] = seats

    async def get(self, offer_id: UUID) -> Offer | None:
        offer = self.store.offers.get(offer_id)
        is_own = offer is not None and offer.tenant_id in self.acting
        is_shared = offer is not None and offer.content.visibility is Visibility.COOPERATIVE
        is_agreed = offer is not None and any(
            agreement.lets_see(tenant_id, offer, NOW)
            for agreement, _ in self.store.agreements.values()
            for tenant_id in self.acting
        )
        return offer if is_own or is_shared or is_agreed else None


class FakeSeats(_Part):
    async def lock(self, offer_ids: Collection[UUID]) -> Mapping[UUID, Seats]:
        return {
            offer_id: replace(seats)
            for offer_id, seats in self.store.seats.items()
            if offer_id in offer_ids and seats.tenant_id in self.acting
        }

    async def lock_for(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Seats]:
        bookings = [self.store.bookings[key] for key in booking_ids if key in self.store.bookings]
        return await self.lock({booking.offer_id for booking in bookings})

    async def save(self, seats: Collection[Seats]) -> None:
        for each in seats:
            assert 0 <= each.taken <= each.capacity
            self.store.seats[each.offer_id] = replace(each)


class FakeBookings(_Part):
    async def premises(self, claim: Claim) -> Premises:
        offer = await FakeOffers(self.store, self.acting).get(claim.offer_id)
        provider = self.store.tenants.get(offer.tenant_id) if offer else None
        return Premises(
            claim.tenant_id in self.store.tenants and claim.tenant_id in self.acting,
            self._is_there(claim.tenant_id, claim.person_id),
            offer,
            bool(provider and provider[0].status in BARRED),
        )

    def _is_there(self, tenant_id: UUID, person_id: UUID) -> bool:
        known = self.store.people.get((tenant_id, person_id))
        return known is not None and known[0].is_there

    async def add(self, booking: Booking) -> None:
        same = (booking.tenant_id, booking.person_id, booking.offer_id)
        for each in self.store.bookings.values():
            if each.status in LIVE and (each.tenant_id, each.person_id, each.offer_id) == same:
                raise AlreadyBookedError
        await self.save([booking])

    async def get(self, booking_id: UUID) -> Booking | None:
        return (await self.lock([booking_id])).get(booking_id)

    async def lock(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Booking]:
        return {each.booking_id: each for each in self._seen() if each.booking_id in booking_ids}

    async def waiting(self, places: Mapping[UUID, int]) -> Sequence[Booking]:
        queue = sorted(
            (each for each in self._seen() if each.status is Status.WAITLISTED),
            key=lambda each: each.turn,
        )
        first = [
            each
            for offer_id, number in places.items()
            for each in [one for one in queue if one.offer_id == offer_id][:number]
        ]
        return sorted(first, key=lambda each: each.turn)

    async def save(self, bookings: Collection[Booking]) -> None:
        for each in bookings:
            assert not self.acting.isdisjoint({each.tenant_id, each.provider_id})
            self.store.bookings[each.booking_id] = replace(each)

    def _seen(self) -> list[Booking]:
        return [
            replace(each)
            for each in self.store.bookings.values()
            if not self.acting.isdisjoint({each.tenant_id, each.provider_id})
        ]


class FakeTenants(_Part):
    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Tenant]:
        return {
            key: tenant
            for key, (tenant, _) in self.store.tenants.items()
            if key in tenant_ids and key in self.acting
        }

    async def learn(self, tenants: Sequence[tuple[Tenant, int]]) -> None:
        for tenant, sequence in tenants:
            known = self.store.tenants.get(tenant.tenant_id)
            if known is None or known[1] < sequence:
                self.store.tenants[tenant.tenant_id] = (tenant, sequence)


class FakePeople(_Part):
    async def learn(self, people: Sequence[tuple[Person, int]]) -> None:
        for person, sequence in people:
            key = (person.tenant_id, person.person_id)
            known = self.store.people.get(key)
            if known is None or known[1] < sequence:
                self.store.people[key] = (person, sequence)


class FakeAgreements(_Part):
    async def learn(self, agreements: Sequence[tuple[Agreement, int]]) -> None:
        for agreement, sequence in agreements:
            known = self.store.agreements.get(agreement.agreement_id)
            if known is None or known[1] < sequence:
                self.store.agreements[agreement.agreement_id] = (agreement, sequence)

    async def sharing(self, offer: Offer) -> Sequence[Agreement]:
        return [
            each
            for each, _ in self.store.agreements.values()
            if (offer.tenant_id, offer.offer_id) in each.offers
            and not self.acting.isdisjoint({each.tenant_id, *each.parts})
        ]


class FakeUnitOfWork:
    """The fakes on one store."""

    def __init__(self, store: Store, acting: Collection[UUID]) -> None:
        seen = frozenset(acting)
        self.store = store
        self.competence_models = FakeCompetenceModels(store, seen)
        self.offers = FakeOffers(store, seen)
        self.seats = FakeSeats(store, seen)
        self.bookings = FakeBookings(store, seen)
        self.tenants = FakeTenants(store, seen)
        self.people = FakePeople(store, seen)
        self.agreements = FakeAgreements(store, seen)

    def publish(self, *events: Outgoing) -> None:
        self.store.published.extend(events)


class FakeUnits:
    """Opens units of work on one store: all of it is kept, or none."""

    def __init__(self) -> None:
        self.store = Store()

    @asynccontextmanager
    async def __call__(self, tenants: Collection[UUID] = ()) -> AsyncIterator[FakeUnitOfWork]:
        store = deepcopy(self.store)
        yield FakeUnitOfWork(store, tenants)
        self.store = store
