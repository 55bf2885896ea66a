"""What a person sets right later, with a reason: a use that came too late, or one that should not have counted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.causes import why
from services.voucher.application.ports import UnitOfWork
from services.voucher.application.tallies import keep, recount, tally_of
from services.voucher.application.warn import warn
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class CorrectVoucher:
    """A correction of one voucher of the tenant `tenant_id`. Without `units`, of all that there are."""

    tenant_id: UUID
    voucher_id: UUID
    programme_id: UUID
    units: int | None
    reason: str
    cause: Cause


async def redeem_late(work: UnitOfWork, command: CorrectVoucher, now: datetime) -> Voucher:
    """Use a voucher that was released or has expired. Raises InvalidSettlementError, PoolExhaustedError."""
    programme, voucher = await _locked(work, command)
    told = why(command.cause, command.reason)
    tally, was = await tally_of(work, [programme], [command.tenant_id]), voucher.status
    voucher.redeem_late(programme, now, told, units=command.units)
    recount(tally, voucher, was)
    warn(work, [programme], command.cause)
    work.publish(outgoing.voucher_changed(voucher, command.cause))
    await keep(work, tally)
    await _save(work, programme, voucher)
    return voucher


async def reverse_voucher(work: UnitOfWork, command: CorrectVoucher, now: datetime) -> Voucher:
    """Take back what was used, wholly or in part. Raises InvalidSettlementError."""
    programme, voucher = await _locked(work, command)
    units = voucher.reversible_units if command.units is None else command.units
    voucher.reverse(programme, units, now, why(command.cause, command.reason))
    work.publish(outgoing.voucher_reversed(voucher, units, command.cause))
    await _save(work, programme, voucher)
    return voucher


async def _locked(work: UnitOfWork, command: CorrectVoucher) -> tuple[Programme, Voucher]:
    programmes = await work.programmes.lock([command.programme_id], [command.tenant_id])
    vouchers = await work.vouchers.get_many([command.voucher_id])
    return programmes[command.programme_id], vouchers[command.voucher_id]


async def _save(work: UnitOfWork, programme: Programme, voucher: Voucher) -> None:
    await work.vouchers.save([voucher])
    await work.programmes.save([programme])
