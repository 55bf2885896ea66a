"""A funder sets units of a programme aside for a tenant; what is unused returns."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import giving_outgoing
from services.voucher.application.causes import why
from services.voucher.application.giving_ports import Given, GivingUnit
from services.voucher.domain.allocation import Allocation
from services.voucher.domain.eligibility import VoucherRefusedError, first_refusal
from services.voucher.domain.errors import BeneficiaryNotKnownError
from services.voucher.domain.programme import Programme
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class Allocate:
    """A part of a funder's programme for a beneficiary."""

    funder_id: UUID
    allocation_id: UUID
    programme_id: UUID
    beneficiary_id: UUID
    units: int
    give_back_at: datetime | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class ChangeAllocation:
    """Another size or end of a funder's allocation."""

    funder_id: UUID
    allocation_id: UUID
    units: int
    give_back_at: datetime | None
    cause: Cause


async def allocate(work: GivingUnit, command: Allocate, now: datetime) -> Given | None:
    """Set units aside; None when the funder has no such programme.

    Raises BeneficiaryNotKnownError, VoucherRefusedError for who is not eligible, AllocationExistsError, and what
    `Programme.allocate` and `Allocation.keep_until` raise.
    """
    beneficiary_id = command.beneficiary_id
    programme = await _locked(work, command.funder_id, command.programme_id, beneficiary_id)
    if programme is None:
        return None
    await _require_eligible(work, programme, beneficiary_id)
    allocation = Allocation(
        command.funder_id, command.allocation_id, command.programme_id, beneficiary_id, now
    )
    allocation.keep_until(command.give_back_at, now)
    programme.allocate(
        command.allocation_id, beneficiary_id, command.units, now, why(command.cause)
    )
    return await _keep(work, allocation, programme, command.cause)


async def change_allocation(
    work: GivingUnit, command: ChangeAllocation, now: datetime
) -> Given | None:
    """Let it have so many units in all, and that end; None when the funder has no such allocation.

    Raises what `Allocation.growth`, `keep_until`, `Programme.allocate` and `give_back` raise.
    """
    locked = await _lock(work, command.allocation_id)
    if locked is None or locked[0].tenant_id != command.funder_id:
        return None
    allocation, programme = locked
    has = programme.pools[allocation.allocation_id].granted
    growth = allocation.growth(command.units, has)
    allocation.keep_until(command.give_back_at, now)
    _move(programme, allocation, growth, now, command.cause)
    allocation.touch()
    return await _keep(work, allocation, programme, command.cause)


async def return_allocation(
    work: GivingUnit, tenant_id: UUID, allocation_id: UUID, units: int | None, now: datetime
) -> Given | None:
    """The beneficiary or the funder gives units back; without `units` all that is unused, and it ends.

    None when the tenant has no such allocation. Raises as `change_allocation`.
    """
    locked = await _lock(work, allocation_id)
    if locked is None or tenant_id not in {locked[0].tenant_id, locked[0].beneficiary_id}:
        return None
    allocation, programme = locked
    cause = Cause(str(allocation_id))
    if units is None:
        return await _end(work, allocation, programme, now)
    allocation.require_running()
    _move(programme, allocation, -units, now, cause)
    allocation.touch()
    return await _keep(work, allocation, programme, cause)


async def return_unused(work: GivingUnit, now: datetime, limit: int) -> int:
    """End allocations whose time is over, and give back what ended ones got back; returns how many."""
    due = await work.allocations.due(now, limit)
    for found in due:
        locked = await _lock(work, found.allocation_id)
        if locked:
            await _end(work, *locked, now)
    return len(due)


async def _end(
    work: GivingUnit, allocation: Allocation, programme: Programme, now: datetime
) -> Given:
    cause = Cause(str(allocation.allocation_id))
    unused = programme.pools[allocation.allocation_id].available
    _move(programme, allocation, -unused, now, cause)
    allocation.end(now)
    allocation.touch()
    return await _keep(work, allocation, programme, cause)


def _move(
    programme: Programme, allocation: Allocation, growth: int, now: datetime, cause: Cause
) -> None:
    if growth > 0:
        programme.allocate(
            allocation.allocation_id, allocation.beneficiary_id, growth, now, why(cause)
        )
    elif growth < 0:
        programme.give_back(allocation.allocation_id, -growth, now, why(cause))


async def _lock(work: GivingUnit, allocation_id: UUID) -> tuple[Allocation, Programme] | None:
    """The allocation as it is once its programme is locked."""
    found = await work.allocations.get(allocation_id)
    if found is None:
        return None
    programme = await _locked(work, found.tenant_id, found.programme_id, found.beneficiary_id)
    fresh = await work.allocations.get(allocation_id)
    return (fresh, programme) if fresh and programme else None


async def _locked(
    work: GivingUnit, funder_id: UUID, programme_id: UUID, beneficiary_id: UUID
) -> Programme | None:
    locked = await work.programmes.lock([programme_id], [beneficiary_id])
    programme = locked.get(programme_id)
    return programme if programme and programme.tenant_id == funder_id else None


async def _require_eligible(work: GivingUnit, programme: Programme, beneficiary_id: UUID) -> None:
    tenant = (await work.tenants.get_many([beneficiary_id])).get(beneficiary_id)
    if tenant is None:
        raise BeneficiaryNotKnownError
    refusal = tenant.refusal or first_refusal(programme.terms.eligibility.of_tenant(tenant))
    if refusal:
        raise VoucherRefusedError(refusal)


async def _keep(
    work: GivingUnit, allocation: Allocation, programme: Programme, cause: Cause
) -> Given:
    pool = programme.pools[allocation.allocation_id]
    await work.programmes.save([programme])
    await work.allocations.save(allocation)
    work.publish(giving_outgoing.allocation_changed(allocation, pool, cause))
    return allocation, pool
