"""From what happened in the domain to the public events that tell of it."""

from services.catalogue.contracts.events import (
    AchievementV1,
    BookingCancelledV1,
    BookingConfirmedV1,
    BookingDeclinedV1,
    BookingRequestedV1,
    BookingWaitlistedV1,
    CompetenceModelPublishedV1,
    OfferPublishedV1,
    ParticipationCompletedV1,
)
from services.catalogue.domain.booking import Booking, Status
from services.catalogue.domain.competence_model import CompetenceModel
from services.catalogue.domain.offer import Offer
from shared.envelope import Cause, Event, Outgoing


def competence_model_published(model: CompetenceModel, cause: Cause) -> Outgoing:
    """There is a competence model; it is published once and never changed."""
    event = CompetenceModelPublishedV1(
        model_id=model.model_id,
        visibility=model.visibility,
        competences=tuple(each.competence_id for each in model.competences),
    )
    return Outgoing(event, model.tenant_id, str(model.model_id), 1, cause)


def offer_published(offer: Offer, cause: Cause) -> Outgoing:
    """An offer can be booked."""
    event = OfferPublishedV1(
        offer_id=offer.offer_id,
        kind=offer.content.kind,
        title=offer.content.title,
        competences=tuple(each.competence_id for each in offer.competences),
        duration_minutes=offer.content.duration_minutes,
        visibility=offer.content.visibility,
        price_cents=offer.content.price_cents,
        competence_fields=tuple(sorted(offer.content.competence_fields)),
    )
    return Outgoing(event, offer.tenant_id, str(offer.offer_id), offer.version, cause)


def booking_changed(booking: Booking, cause: Cause) -> Outgoing:
    """A booking has got the status it has now."""
    return _of_booking(booking, _event(booking), cause)


def participation_completed(booking: Booking, offer: Offer, cause: Cause) -> Outgoing:
    """A person completed what was booked; the text of the certificate travels along."""
    assert booking.completed_at, "a completed booking has a time"
    content = offer.content
    event = ParticipationCompletedV1(
        booking_id=booking.booking_id,
        person_id=booking.person_id,
        offer_id=booking.offer_id,
        provider_id=offer.tenant_id,
        provider_name=offer.provider_name,
        completed_at=booking.completed_at,
        achievement=AchievementV1(
            name=content.title,
            description=content.description,
            criteria=content.criteria,
            competences=tuple(each.name for each in offer.competences),
            duration_minutes=content.duration_minutes,
        ),
    )
    return _of_booking(booking, event, cause)


def _of_booking(booking: Booking, event: Event, cause: Cause) -> Outgoing:
    # One cause may move several bookings; each is followed by its own id, in its own trace.
    own = cause.told_in(str(booking.booking_id), booking.traceparent)
    return Outgoing(event, booking.tenant_id, str(booking.booking_id), booking.version, own)


def _event(booking: Booking) -> Event:
    if booking.status is Status.REQUESTED:
        return _requested(booking)
    if booking.status in {Status.DECLINED, Status.CANCELLED}:
        return _ended(booking)
    events = {
        Status.CONFIRMED: BookingConfirmedV1,
        Status.WAITLISTED: BookingWaitlistedV1,
    }
    return events[booking.status](
        booking_id=booking.booking_id,
        person_id=booking.person_id,
        offer_id=booking.offer_id,
        provider_id=booking.provider_id,
    )


def _requested(booking: Booking) -> BookingRequestedV1:
    return BookingRequestedV1(
        booking_id=booking.booking_id,
        person_id=booking.person_id,
        offer_id=booking.offer_id,
        offer_kind=booking.offer_kind,
        provider_id=booking.provider_id,
        programme_id=booking.programme_id,
        price_cents=booking.price_cents,
        competence_fields=booking.competence_fields,
    )


def _ended(booking: Booking) -> Event:
    assert booking.reason, "a booking that ended early has a reason"
    events = {Status.DECLINED: BookingDeclinedV1, Status.CANCELLED: BookingCancelledV1}
    return events[booking.status](
        booking_id=booking.booking_id,
        person_id=booking.person_id,
        offer_id=booking.offer_id,
        reason=booking.reason,
        provider_id=booking.provider_id,
    )
