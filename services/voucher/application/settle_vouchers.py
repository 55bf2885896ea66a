"""What becomes of reserved vouchers: redeemed, released or expired; and of programmes: closed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.causes import why
from services.voucher.application.ports import UnitOfWork
from services.voucher.application.tallies import keep, recount, tally_of
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class SettleVoucher:
    """A booking was completed or given up."""

    tenant_id: UUID
    booking_id: UUID
    person_id: UUID
    cause: Cause
    completed_at: datetime | None = None


#: A held voucher, and what settles it in its programme.
Settlement = tuple[Voucher, Cause, Callable[[Voucher, Programme], None]]


async def redeem_vouchers(
    work: UnitOfWork, commands: Sequence[SettleVoucher], now: datetime
) -> None:
    """Use up the vouchers of completed bookings; a booking without a held voucher changes nothing."""

    def redeem(command: SettleVoucher) -> Callable[[Voucher, Programme], None]:
        def settle(voucher: Voucher, programme: Programme) -> None:
            units = voucher.units
            if voucher.item and voucher.item.price_cents:
                units = min(units, programme.terms.units_for(voucher.item))
            voucher.redeem(
                programme, now, why(command.cause), units=units, completed_at=command.completed_at
            )

        return settle

    known = await work.vouchers.for_bookings([command.booking_id for command in commands])
    held = [
        (known[command.booking_id], command.cause, redeem(command))
        for command in commands
        if command.booking_id in known
    ]
    await _settle(work, held)


async def release_vouchers(
    work: UnitOfWork, commands: Sequence[SettleVoucher], now: datetime
) -> None:
    """Give back the vouchers of bookings given up; one that was not requested yet never will be."""

    def release(cause: Cause) -> Callable[[Voucher, Programme], None]:
        return lambda voucher, programme: voucher.release(programme, now, why(cause))

    known = await work.vouchers.for_bookings([command.booking_id for command in commands])
    await work.vouchers.save(
        [
            Voucher.withdrawn(command.tenant_id, command.booking_id, command.person_id, now)
            for command in commands
            if command.booking_id not in known
        ]
    )
    held = [
        (known[command.booking_id], command.cause, release(command.cause))
        for command in commands
        if command.booking_id in known
    ]
    await _settle(work, held)


async def expire_vouchers(work: UnitOfWork, now: datetime, limit: int) -> int:
    """Take back vouchers that were not used in time; returns how many."""
    due = await work.vouchers.due(now, limit)

    def expire(voucher: Voucher, programme: Programme) -> None:
        voucher.expire(programme, now)

    await _settle(
        work,
        [
            (voucher, Cause(str(voucher.booking_id or voucher.voucher_id)), expire)
            for voucher in due
        ],
    )
    return len(due)


async def close_programmes(work: UnitOfWork, now: datetime) -> int:
    """End the programmes whose time is over; returns how many."""
    programmes = await work.programmes.lock(await work.programmes.due_ids(now))
    for programme in programmes.values():
        programme.close(now)
        work.publish(outgoing.programme_closed(programme, Cause(str(programme.programme_id))))
        await work.programmes.revise(programme)
    await work.programmes.save(programmes.values())
    return len(programmes)


async def _settle(work: UnitOfWork, settlements: Sequence[Settlement]) -> None:
    vouchers = [voucher for voucher, _, _ in settlements]
    programmes = await work.programmes.lock(
        {each.programme_id for each in vouchers if each.programme_id},
        {each.tenant_id for each in vouchers},
    )
    # Another worker may have settled it while this one waited for the lock.
    current = await work.vouchers.get_many([each.voucher_id for each in vouchers])
    tally = await tally_of(work, programmes.values(), {each.tenant_id for each in vouchers})
    changed = {}
    for voucher, cause, settle in settlements:
        fresh = current[voucher.voucher_id]
        if fresh.is_held:
            was = fresh.status
            settle(fresh, _programme_of(fresh, programmes))
            recount(tally, fresh, was)
            changed[fresh.voucher_id] = fresh
            work.publish(outgoing.voucher_changed(fresh, cause))
    await work.vouchers.save(changed.values())
    await keep(work, tally)
    await work.programmes.save(programmes.values())


def _programme_of(voucher: Voucher, programmes: Mapping[UUID, Programme]) -> Programme:
    assert voucher.programme_id, "a held voucher has a programme"
    return programmes[voucher.programme_id]
