"""What can be read of competence models, offers and bookings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.catalogue.domain.booking import Booking, Status
from services.catalogue.domain.competence_model import CompetenceModel
from services.catalogue.domain.offer import Offer, OfferKind


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """Which offers are wanted; None means any."""

    competence_id: UUID | None = None
    kind: OfferKind | None = None


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which bookings are wanted; None means any."""

    person_id: UUID | None = None
    offer_id: UUID | None = None
    status: Status | None = None


class Queries(Protocol):
    """Reading, within the tenants that the transaction acts for."""

    async def competence_models(self, limit: int, offset: int) -> Sequence[CompetenceModel]:
        """The caller's own models and those shared with the cooperative, by name."""

    async def offers(self, wanted: OfferFilter, limit: int, offset: int) -> Sequence[Offer]:
        """The caller's own offers and those for the whole cooperative, newest first."""

    async def bookings(
        self, tenant_id: UUID, wanted: BookingFilter, limit: int, offset: int
    ) -> Sequence[Booking]:
        """The bookings of a tenant's people, newest first."""

    async def bookings_of_offer(
        self, offer_id: UUID, status: Status | None, limit: int, offset: int
    ) -> Sequence[Booking]:
        """The bookings of an offer, for its provider: who asked first comes first."""
