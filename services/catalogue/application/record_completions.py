"""A provider records who completed its offer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalogue.application import outgoing
from services.catalogue.application.ports import UnitOfWork
from services.catalogue.domain.booking import Booking, Completion
from services.catalogue.domain.errors import OfferNotFoundError
from services.catalogue.domain.offer import Offer
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class RecordCompletions:
    """The provider's list."""

    tenant_id: UUID
    offer_id: UUID
    booking_ids: tuple[UUID, ...]
    cause: Cause


async def record_completions(
    work: UnitOfWork, command: RecordCompletions, now: datetime
) -> Mapping[UUID, Completion]:
    """Complete the confirmed bookings among those named; says of each what came of it.

    Raises OfferNotFoundError when the tenant does not provide the offer.
    """
    offer = await work.offers.get(command.offer_id)
    if offer is None or offer.tenant_id != command.tenant_id:
        raise OfferNotFoundError
    await work.seats.lock([offer.offer_id])
    bookings = await work.bookings.lock(set(command.booking_ids))
    outcomes = {
        booking_id: _complete(offer, bookings.get(booking_id), now)
        for booking_id in dict.fromkeys(command.booking_ids)
    }
    completed = [
        bookings[booking_id]
        for booking_id, outcome in outcomes.items()
        if outcome is Completion.COMPLETED
    ]
    await work.bookings.save(completed)
    for booking in completed:
        work.publish(outgoing.participation_completed(booking, offer, command.cause))
    return outcomes


def _complete(offer: Offer, booking: Booking | None, now: datetime) -> Completion:
    if booking is None or booking.offer_id != offer.offer_id:
        return Completion.NOT_FOUND
    return booking.complete(now)
