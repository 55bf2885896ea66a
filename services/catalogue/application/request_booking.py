"""A tenant books an offer for one of its people."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.catalogue.application import outgoing
from services.catalogue.application.ports import UnitOfWork
from services.catalogue.domain.booking import Booking, Claim, Payment, Premises
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class RequestBooking:
    """The tenant's wish."""

    booking_id: UUID
    claim: Claim
    cause: Cause


async def request_booking(work: UnitOfWork, command: RequestBooking, now: datetime) -> Booking:
    """Ask for a voucher; who pays its own way takes a place, or waits for one, at once.

    For the latter the unit of work acts for the provider too. Raises TenantNotKnownError,
    PersonNotFoundError, OfferNotFoundError, NoLearnersError, ProviderNotActiveError, DateStartedError or
    AlreadyBookedError.
    """
    premises = await _premises(work, command.claim)
    booking = Booking.request(
        command.booking_id, command.claim, premises, now, command.cause.traceparent
    )
    if booking.payment is Payment.OWN:
        await _enter(work, booking, now)
    await work.bookings.add(booking)
    work.publish(outgoing.booking_changed(booking, command.cause))
    return booking


async def _premises(work: UnitOfWork, claim: Claim) -> Premises:
    """What is known; agreements are asked only about an offer that is not for everybody."""
    premises = await work.bookings.premises(claim)
    offer = premises.offer
    if offer is None or offer.is_for(claim.tenant_id):
        return premises
    return replace(premises, agreements=await work.agreements.sharing(offer))


async def _enter(work: UnitOfWork, booking: Booking, now: datetime) -> None:
    if not booking.needs_seat:
        booking.enter(None, now)
        return
    seats = await work.seats.lock([booking.offer_id])
    booking.enter(seats[booking.offer_id], now)
    await work.seats.save(seats.values())
