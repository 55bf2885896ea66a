"""Events of the catalogue service. Change is additive; a breaking change is a V2 beside V1."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.catalogue.contracts.topics import CATALOGUE_EVENTS
from shared.envelope import Event


class OfferPublishedV1(Event):
    """Something can be learned and booked. Aggregate: the offer, of the tenant that provides it.

    `visibility` is `own`, for the tenant alone, or `cooperative`, for every tenant. `price_cents` is what a
    booking costs, if the provider says it; `competence_fields` are kinds of fields, such as `digital`.
    """

    TYPE: ClassVar[str] = "offer.published.v1"
    TOPIC: ClassVar[str] = CATALOGUE_EVENTS.name
    AGGREGATE: ClassVar[str] = "offer_id"

    offer_id: UUID
    kind: str
    title: str
    competences: tuple[UUID, ...]
    duration_minutes: int
    visibility: str = "own"
    price_cents: int | None = None
    competence_fields: tuple[str, ...] = ()


class CompetenceModelPublishedV1(Event):
    """There are competences that targets and assessments may name. Aggregate: the model.

    `visibility` is `own`, for the tenant alone, or `cooperative`, for every tenant.
    """

    TYPE: ClassVar[str] = "competence_model.published.v1"
    TOPIC: ClassVar[str] = CATALOGUE_EVENTS.name
    AGGREGATE: ClassVar[str] = "model_id"

    model_id: UUID
    visibility: str
    competences: tuple[UUID, ...]


class BookingRequestedV1(Event):
    """A person wants an offer, paid with a voucher. Aggregate: the booking, of the person's tenant.

    What is paid for is told as it was at the request: its kind, its price if it has one, its competence fields.
    """

    TYPE: ClassVar[str] = "booking.requested.v1"
    TOPIC: ClassVar[str] = CATALOGUE_EVENTS.name
    AGGREGATE: ClassVar[str] = "booking_id"

    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    offer_kind: str
    provider_id: UUID
    programme_id: UUID | None
    price_cents: int | None = None
    competence_fields: tuple[str, ...] = ()


class BookingConfirmedV1(Event):
    """The person has a place."""

    TYPE: ClassVar[str] = "booking.confirmed.v1"
    TOPIC: ClassVar[str] = CATALOGUE_EVENTS.name
    AGGREGATE: ClassVar[str] = "booking_id"

    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    provider_id: UUID | None = None


class BookingWaitlistedV1(Event):
    """The date is full; the person moves up when a place gets free."""

    TYPE: ClassVar[str] = "booking.waitlisted.v1"
    TOPIC: ClassVar[str] = CATALOGUE_EVENTS.name
    AGGREGATE: ClassVar[str] = "booking_id"

    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    provider_id: UUID | None = None


class BookingDeclinedV1(Event):
    """The booking cannot be had; `reason` is a stable code."""

    TYPE: ClassVar[str] = "booking.declined.v1"
    TOPIC: ClassVar[str] = CATALOGUE_EVENTS.name
    AGGREGATE: ClassVar[str] = "booking_id"

    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    reason: str
    provider_id: UUID | None = None


class BookingCancelledV1(Event):
    """The booking was given up before it was completed; a voucher held for it is free again."""

    TYPE: ClassVar[str] = "booking.cancelled.v1"
    TOPIC: ClassVar[str] = CATALOGUE_EVENTS.name
    AGGREGATE: ClassVar[str] = "booking_id"

    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    reason: str
    provider_id: UUID | None = None


class AchievementV1(BaseModel):
    """What was learned, as it was on the day: the text of a certificate. Part of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    description: str
    criteria: str
    competences: tuple[str, ...]
    duration_minutes: int


class ParticipationCompletedV1(Event):
    """The person completed what was booked. Aggregate: the booking, of the person's tenant."""

    TYPE: ClassVar[str] = "participation.completed.v1"
    TOPIC: ClassVar[str] = CATALOGUE_EVENTS.name
    AGGREGATE: ClassVar[str] = "booking_id"

    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    provider_id: UUID
    provider_name: str
    completed_at: datetime
    achievement: AchievementV1


EVENTS = (
    OfferPublishedV1,
    CompetenceModelPublishedV1,
    BookingRequestedV1,
    BookingConfirmedV1,
    BookingWaitlistedV1,
    BookingDeclinedV1,
    BookingCancelledV1,
    ParticipationCompletedV1,
)
