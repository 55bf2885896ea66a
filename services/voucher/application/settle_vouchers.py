"""What becomes of reserved vouchers: redeemed, released or expired; and of programmes: closed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from shared.envelope import Cause

Settle = Callable[[Voucher, Programme, datetime], None]


@dataclass(frozen=True, slots=True)
class SettleVoucher:
    """A booking was completed or given up."""

    tenant_id: UUID
    booking_id: UUID
    person_id: UUID
    cause: Cause


async def redeem_vouchers(
    work: UnitOfWork, commands: Sequence[SettleVoucher], now: datetime
) -> None:
    """Use up the vouchers of completed bookings; a booking without a held voucher changes nothing."""
    await _settle(work, await _held(work, commands), Voucher.redeem, now)


async def release_vouchers(
    work: UnitOfWork, commands: Sequence[SettleVoucher], now: datetime
) -> None:
    """Give back the vouchers of bookings given up; one that was not requested yet never will be."""
    known = await work.vouchers.for_bookings([command.booking_id for command in commands])
    await work.vouchers.save(
        [
            Voucher.withdrawn(command.tenant_id, command.booking_id, command.person_id, now)
            for command in commands
            if command.booking_id not in known
        ]
    )
    await _settle(work, await _held(work, commands), Voucher.release, now)


async def expire_vouchers(work: UnitOfWork, now: datetime, limit: int) -> int:
    """Take back vouchers that were not used in time; returns how many."""
    due = await work.vouchers.due(now, limit)
    await _settle(
        work, [(voucher, Cause(str(voucher.booking_id))) for voucher in due], Voucher.expire, now
    )
    return len(due)


async def close_programmes(work: UnitOfWork, now: datetime) -> int:
    """End the programmes whose time is over; returns how many."""
    programmes = await work.programmes.lock(await work.programmes.due_ids(now))
    for programme in programmes.values():
        programme.close(now)
    await work.programmes.save(programmes.values())
    return len(programmes)


async def _held(
    work: UnitOfWork, commands: Sequence[SettleVoucher]
) -> Sequence[tuple[Voucher, Cause]]:
    vouchers = await work.vouchers.for_bookings([command.booking_id for command in commands])
    return [
        (vouchers[command.booking_id], command.cause)
        for command in commands
        if command.booking_id in vouchers
    ]


async def _settle(
    work: UnitOfWork, vouchers: Sequence[tuple[Voucher, Cause]], settle: Settle, now: datetime
) -> None:
    programmes = await work.programmes.lock({v.programme_id for v, _ in vouchers if v.programme_id})
    # Another worker may have settled it while this one waited for the lock.
    current = await work.vouchers.for_bookings([voucher.booking_id for voucher, _ in vouchers])
    changed = []
    for voucher, cause in vouchers:
        fresh = current[voucher.booking_id]
        if fresh.is_held:
            settle(fresh, _programme_of(fresh, programmes), now)
            changed.append(fresh)
            work.publish(outgoing.voucher_changed(fresh, cause))
    await work.vouchers.save(changed)
    await work.programmes.save(programmes.values())


def _programme_of(voucher: Voucher, programmes: Mapping[UUID, Programme]) -> Programme:
    assert voucher.programme_id, "a held voucher has a programme"
    return programmes[voucher.programme_id]
