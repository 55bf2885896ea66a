"""Addresses for allocations: a funder's, and what an organisation was given."""

from uuid import UUID, uuid4

from fastapi import APIRouter

from services.voucher.application.allocate import (
    Allocate,
    ChangeAllocation,
    allocate,
    change_allocation,
    return_allocation,
)
from services.voucher.application.giving_ports import Given
from services.voucher.entrypoints.api import Funder, Units
from services.voucher.entrypoints.dependencies import Giver
from services.voucher.entrypoints.giving_bodies import (
    AllocationBody,
    AllocationChangeBody,
    AllocationReturnBody,
    AllocationView,
)
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["allocations"])


@router.post("/programmes/{programme_id}/allocations", status_code=201)
async def post_allocation(
    programme_id: UUID,
    body: AllocationBody,
    caller: Funder,
    opened: Units,
    key: IdempotencyKey = None,
) -> AllocationView:
    """Set units of your programme aside for an organisation."""
    allocation_id = uuid4()
    command = Allocate(
        caller.tenant_id,
        allocation_id,
        programme_id,
        body.beneficiary_id,
        body.units,
        body.give_back_at,
        cause_of(allocation_id),
    )
    async with opened({caller.tenant_id, body.beneficiary_id}) as work:

        async def action() -> AllocationView:
            return _view(await allocate(work, command, utc_now()), "programme")

        request = (f"allocate {programme_id}", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, AllocationView
        )


@router.get("/programmes/{programme_id}/allocations")
async def get_allocations(
    programme_id: UUID, caller: Funder, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[AllocationView]:
    """Who got which part of your programme, the newest first."""
    async with opened([caller.tenant_id]) as work:
        if await work.programmes.get(programme_id) is None:
            raise not_found("programme")
        found = await work.allocations.of_programme(programme_id, limit, offset)
        return [AllocationView.given(*each) for each in found]


@router.get("/allocations")
async def get_own_allocations(
    caller: Giver, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[AllocationView]:
    """What funders set aside for your organisation, the newest first."""
    async with opened([caller.tenant_id]) as work:
        found = await work.allocations.given_to(caller.tenant_id, limit, offset)
        return [AllocationView.given(*each) for each in found]


@router.put("/allocations/{allocation_id}")
async def put_allocation(
    allocation_id: UUID, body: AllocationChangeBody, caller: Funder, opened: Units
) -> AllocationView:
    """Raise or lower an allocation of your programme; what is used of it cannot be taken."""
    command = ChangeAllocation(
        caller.tenant_id,
        allocation_id,
        body.units,
        body.give_back_at,
        cause_of(allocation_id),
    )
    async with opened(await _parties(opened, caller.tenant_id, allocation_id)) as work:
        return _view(await change_allocation(work, command, utc_now()), "allocation")


@router.post("/allocations/{allocation_id}/return")
async def post_return(
    allocation_id: UUID,
    body: AllocationReturnBody,
    caller: Giver,
    opened: Units,
    key: IdempotencyKey = None,
) -> AllocationView:
    """Give unused units back to the programme, as its funder or as the organisation that has them."""
    async with opened(await _parties(opened, caller.tenant_id, allocation_id)) as work:

        async def action() -> AllocationView:
            given = await return_allocation(
                work, caller.tenant_id, allocation_id, body.units, utc_now()
            )
            return _view(given, "allocation")

        request = (f"return_allocation {allocation_id}", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, AllocationView
        )


async def _parties(opened: Units, tenant_id: UUID, allocation_id: UUID) -> set[UUID]:
    """Funder and beneficiary of an allocation that the caller sees. Raises Problem 404."""
    async with opened([tenant_id]) as work:
        found = await work.allocations.get(allocation_id)
    if found is None:
        raise not_found("allocation")
    return {found.tenant_id, found.beneficiary_id}


def _view(given: Given | None, what: str) -> AllocationView:
    if given is None:
        raise not_found(what)
    return AllocationView.given(*given)
