"""What the use cases need from the outside, for adapters to provide and fakes to stand in for."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from services.catalogue.domain.agreement import Agreement
from services.catalogue.domain.booking import Booking, Claim, Premises
from services.catalogue.domain.competence_model import Competence, CompetenceModel, FieldKind
from services.catalogue.domain.member import Person, Tenant
from services.catalogue.domain.offer import Offer
from services.catalogue.domain.seats import Seats
from shared.envelope import Outgoing


class CompetenceModels(Protocol):
    """The competence models; a tenant sees its own and those shared with the cooperative."""

    async def add(self, model: CompetenceModel) -> None:
        """Keep a new model."""

    async def get(self, model_id: UUID) -> CompetenceModel | None:
        """A model, if it can be seen."""

    async def competences(self, competence_ids: Collection[UUID]) -> Mapping[UUID, Competence]:
        """Competences by id; one that cannot be seen is missing from the answer."""

    async def field_kinds(self, competence_ids: Collection[UUID]) -> Collection[FieldKind]:
        """The kinds of the fields in which these competences are."""


class Offers(Protocol):
    """The offers; a tenant sees its own, those for the whole cooperative, and what agreements share."""

    async def add(self, offer: Offer) -> None:
        """Keep a new offer, with the places of its date."""

    async def get(self, offer_id: UUID) -> Offer | None:
        """An offer, if it can be seen."""


class AllSeats(Protocol):
    """The places of dates. Whoever changes bookings of a date locks its places before them."""

    async def lock(self, offer_ids: Collection[UUID]) -> Mapping[UUID, Seats]:
        """The places of dates by offer; an offer that is no date is missing from the answer."""

    async def lock_for(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Seats]:
        """The places of the dates that these bookings are for, by offer."""

    async def save(self, seats: Collection[Seats]) -> None:
        """Keep the places of locked dates."""


class Bookings(Protocol):
    """The bookings; seen and changed by the person's tenant and by the provider of the offer."""

    async def premises(self, claim: Claim) -> Premises:
        """What is known about a claim, read at once."""

    async def add(self, booking: Booking) -> None:
        """Keep a new booking. Raises AlreadyBookedError when the person has a live one."""

    async def get(self, booking_id: UUID) -> Booking | None:
        """A booking as it is now, without a lock."""

    async def lock(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Booking]:
        """Bookings by id, kept from others; one that is not there is missing from the answer."""

    async def waiting(self, places: Mapping[UUID, int]) -> Sequence[Booking]:
        """Who has waited longest for each date, as many as it has places, in the order of turn."""

    async def save(self, bookings: Collection[Booking]) -> None:
        """Keep changed bookings."""


class Tenants(Protocol):
    """The copy of the tenants that member announces."""

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Tenant]:
        """Tenants by id; one that is not known is missing from the answer."""

    async def learn(self, tenants: Sequence[tuple[Tenant, int]]) -> None:
        """Keep tenants with the sequence number of their event; older ones change nothing."""


class People(Protocol):
    """The copy of the people that member registers: opaque ids."""

    async def learn(self, people: Sequence[tuple[Person, int]]) -> None:
        """Keep people with the sequence number of their event; older ones change nothing."""


class Agreements(Protocol):
    """The copy of the cooperation agreements that member announces; seen by their parties."""

    async def learn(self, agreements: Sequence[tuple[Agreement, int]]) -> None:
        """Keep agreements with the sequence number of their event; older ones change nothing."""

    async def sharing(self, offer: Offer) -> Sequence[Agreement]:
        """The agreements that name an offer, whether they run or not."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def competence_models(self) -> CompetenceModels:
        """The competence models."""

    @property
    def offers(self) -> Offers:
        """The offers."""

    @property
    def seats(self) -> AllSeats:
        """The places of dates."""

    @property
    def bookings(self) -> Bookings:
        """The bookings."""

    @property
    def tenants(self) -> Tenants:
        """The tenants."""

    @property
    def people(self) -> People:
        """The people."""

    @property
    def agreements(self) -> Agreements:
        """The cooperation agreements."""

    def publish(self, *events: Outgoing) -> None:
        """Have events leave with this transaction."""
