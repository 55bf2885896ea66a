"""What becomes of bookings: granted, declined, lapsed or cancelled; and who moves up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from services.catalogue.application import outgoing
from services.catalogue.application.ports import UnitOfWork
from services.catalogue.domain.booking import Booking
from services.catalogue.domain.errors import BookingNotFoundError
from services.catalogue.domain.seats import Seats
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class SettleBooking:
    """Something happened to a booking: its voucher expired, or its tenant gave it up."""

    tenant_id: UUID
    booking_id: UUID
    cause: Cause


@dataclass(frozen=True, slots=True)
class GrantBooking(SettleBooking):
    """A voucher is held for the booking."""

    voucher_id: UUID


@dataclass(frozen=True, slots=True)
class DeclineBooking(SettleBooking):
    """There is no voucher for the booking."""

    reason: str


C = TypeVar("C", bound=SettleBooking)
Settle = Callable[[Booking, C, Seats | None], bool]


@dataclass(frozen=True, slots=True)
class _Settled(Generic[C]):
    """The bookings and places of a batch, locked, and the commands that had an effect."""

    bookings: Mapping[UUID, Booking]
    seats: Mapping[UUID, Seats]
    effective: Sequence[C]


async def grant_bookings(work: UnitOfWork, commands: Sequence[GrantBooking], now: datetime) -> None:
    """Confirm the bookings that a voucher pays, or put them on the waiting list of a full date."""

    def grant(booking: Booking, command: GrantBooking, seats: Seats | None) -> bool:
        return booking.grant(command.voucher_id, seats, now)

    await _settle(work, commands, grant)


async def decline_bookings(
    work: UnitOfWork, commands: Sequence[DeclineBooking], now: datetime
) -> None:
    """End the bookings that no voucher pays."""

    def decline(booking: Booking, command: DeclineBooking, _seats: Seats | None) -> bool:
        return booking.decline(command.reason, now)

    await _settle(work, commands, decline)


async def lapse_bookings(
    work: UnitOfWork, commands: Sequence[SettleBooking], now: datetime
) -> None:
    """End the bookings whose voucher was not used in time; who waits moves up."""

    def lapse(booking: Booking, _command: SettleBooking, seats: Seats | None) -> bool:
        return booking.lapse(seats, now)

    await _move_up(work, await _settle(work, commands, lapse), now)


async def cancel_booking(work: UnitOfWork, command: SettleBooking, now: datetime) -> Booking:
    """End a booking that its tenant gives up; who waits moves up. Twice is as good as once.

    Raises BookingNotFoundError, or NotCancellableError when it has ended in another way.
    """

    def cancel(booking: Booking, _command: SettleBooking, seats: Seats | None) -> bool:
        return booking.cancel(seats, now)

    settled = await _settle(work, [command], cancel)
    await _move_up(work, settled, now)
    return settled.bookings[command.booking_id]


async def _settle(work: UnitOfWork, commands: Sequence[C], settle: Settle[C]) -> _Settled[C]:
    """Lock places and bookings, decide in the order of turn, and keep what changed."""
    booking_ids = {command.booking_id for command in commands}
    seats = await work.seats.lock_for(booking_ids)
    bookings = await work.bookings.lock(booking_ids)
    for command in commands:
        _check_known(bookings, command)
    effective = []
    for command in sorted(commands, key=lambda each: bookings[each.booking_id].turn):
        booking = bookings[command.booking_id]
        if settle(booking, command, seats.get(booking.offer_id)):
            effective.append(command)
            work.publish(outgoing.booking_changed(booking, command.cause))
    await work.bookings.save([bookings[command.booking_id] for command in effective])
    await work.seats.save(seats.values())
    return _Settled(bookings, seats, effective)


def _check_known(bookings: Mapping[UUID, Booking], command: SettleBooking) -> None:
    # Tried again and then buried, where somebody looks at it: never dropped.
    booking = bookings.get(command.booking_id)
    if booking is None or booking.tenant_id != command.tenant_id:
        raise BookingNotFoundError


async def _move_up(work: UnitOfWork, settled: _Settled[C], now: datetime) -> None:
    """Give the places that got free to those who have waited longest."""
    causes = {
        settled.bookings[command.booking_id].offer_id: command.cause
        for command in settled.effective
    }
    places = {
        offer_id: settled.seats[offer_id].free for offer_id in causes if offer_id in settled.seats
    }
    free = {offer_id: number for offer_id, number in places.items() if number}
    moving = await work.bookings.waiting(free) if free else []
    for booking in moving:
        booking.enter(settled.seats[booking.offer_id], now)
        work.publish(outgoing.booking_changed(booking, causes[booking.offer_id]))
    await work.bookings.save(moving)
    await work.seats.save([settled.seats[offer_id] for offer_id in free])
