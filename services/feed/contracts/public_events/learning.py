"""Public events about what can be learned, and who learns it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.feed.contracts.public_events.base import AboutPerson, PublicEvent


class OfferPublishedV1(PublicEvent):
    """Something can be learned and booked."""

    TYPE: ClassVar[str] = "offer.published.v1"

    offer_id: UUID
    provider_id: UUID
    kind: str
    title: str
    competences: tuple[UUID, ...]
    duration_minutes: int
    visibility: str = "own"
    price_cents: int | None = None
    competence_fields: tuple[str, ...] = ()


class CompetenceModelPublishedV1(PublicEvent):
    """There are competences that targets and assessments may name."""

    TYPE: ClassVar[str] = "competence_model.published.v1"

    model_id: UUID
    owner_id: UUID
    visibility: str
    competences: tuple[UUID, ...]


class BookingTold(AboutPerson):
    """Base of what is told of a booking."""

    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    provider_id: UUID | None = None


class BookingRequestedV1(BookingTold):
    """A person wants an offer, paid with a voucher."""

    TYPE: ClassVar[str] = "booking.requested.v1"

    offer_kind: str
    programme_id: UUID | None = None


class BookingConfirmedV1(BookingTold):
    """The person has a place."""

    TYPE: ClassVar[str] = "booking.confirmed.v1"


class BookingWaitlistedV1(BookingTold):
    """The date is full; the person moves up when a place gets free."""

    TYPE: ClassVar[str] = "booking.waitlisted.v1"


class BookingDeclinedV1(BookingTold):
    """The booking cannot be had."""

    TYPE: ClassVar[str] = "booking.declined.v1"

    reason: str | None = None


class BookingCancelledV1(BookingTold):
    """The booking was given up before it was completed; a voucher held for it is free again."""

    TYPE: ClassVar[str] = "booking.cancelled.v1"

    reason: str | None = None


class AchievementV1(BaseModel):
    """What was learned, as it was on the day: the text of a certificate."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    description: str
    criteria: str
    competences: tuple[str, ...]
    duration_minutes: int


class ParticipationCompletedV1(BookingTold):
    """The person completed what was booked."""

    TYPE: ClassVar[str] = "participation.completed.v1"

    provider_name: str | None = None
    completed_at: datetime
    achievement: AchievementV1


EVENTS: tuple[type[PublicEvent], ...] = (
    OfferPublishedV1,
    CompetenceModelPublishedV1,
    BookingRequestedV1,
    BookingConfirmedV1,
    BookingWaitlistedV1,
    BookingDeclinedV1,
    BookingCancelledV1,
    ParticipationCompletedV1,
)
