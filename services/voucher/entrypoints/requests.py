"""Addresses for requests: a person asks, leader and HR decide."""

from uuid import UUID, uuid4

from fastapi import APIRouter

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.request_voucher import (
    Decide,
    RequestVoucher,
    approve_request,
    refuse_request,
    request_voucher,
    withdraw_request,
)
from services.voucher.domain.voucher_request import Status, VoucherRequest
from services.voucher.entrypoints.api import Units
from services.voucher.entrypoints.dependencies import (
    is_hr,
    own_person,
    person_meant,
    with_funder,
)
from services.voucher.entrypoints.giving_bodies import (
    AskedView,
    RefusalBody,
    RequestBody,
    RequestView,
)
from shared.auth.dependencies import TenantCaller, TenantMember
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["requests"])


@router.post("/voucher-requests", status_code=201)
async def post_request(
    body: RequestBody, caller: TenantMember, opened: Units, key: IdempotencyKey = None
) -> AskedView:
    """Ask for a voucher, for yourself or as HR for somebody else. Where nobody has to approve, it is held at once."""
    person_id = await person_meant(opened, caller, body.person_id)
    async with opened(await with_funder(opened, caller.tenant_id, body.programme_id)) as work:
        command = RequestVoucher(
            caller.tenant_id,
            uuid4(),
            person_id,
            body.programme_id,
            body.leader_id,
            body.purpose,
        )

        # Answers are kept for their keys: nothing that people wrote is in this one.
        async def action() -> AskedView:
            return AskedView.of(await request_voucher(work, command, utc_now()))

        request = (f"request_voucher {person_id}", body)
        return await answer_once(work.connection, caller.tenant_id, key, request, action, AskedView)


@router.get("/voucher-requests")
async def get_requests(
    caller: TenantMember,
    opened: Units,
    status: Status | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[RequestView]:
    """Requests, the newest first: HR sees all, others their own and those that name them as leader."""
    async with opened([caller.tenant_id]) as work:
        seen_by = None if is_hr(caller) else await own_person(work, caller)
        found = await work.requests.some(status, seen_by, limit, offset)
        return [RequestView.of(each) for each in found]


@router.get("/voucher-requests/{request_id}")
async def get_request(request_id: UUID, caller: TenantMember, opened: Units) -> RequestView:
    """One request, for HR, the person and the leader that it names."""
    async with opened([caller.tenant_id]) as work:
        return RequestView.of(await _seen(work, caller, request_id))


@router.post("/voucher-requests/{request_id}/approval")
async def post_approval(request_id: UUID, caller: TenantMember, opened: Units) -> RequestView:
    """Take the next step, if it is yours; with the last one the voucher is held."""
    async with opened(await _scope(opened, caller, request_id)) as work:
        return _view(await approve_request(work, _decide(caller, request_id), utc_now()))


@router.post("/voucher-requests/{request_id}/refusal")
async def post_refusal(
    request_id: UUID, body: RefusalBody, caller: TenantMember, opened: Units
) -> RequestView:
    """Say no at your step, which ends the request."""
    async with opened([caller.tenant_id]) as work:
        await _seen(work, caller, request_id)
        decide = _decide(caller, request_id)
        return _view(await refuse_request(work, decide, body.reason, utc_now()))


@router.post("/voucher-requests/{request_id}/withdrawal")
async def post_request_withdrawal(
    request_id: UUID, caller: TenantMember, opened: Units
) -> RequestView:
    """Ask no more: the person, or HR for them."""
    async with opened([caller.tenant_id]) as work:
        own = None if is_hr(caller) else await own_person(work, caller)
        withdrawn = await withdraw_request(
            work, caller.tenant_id, request_id, lambda each: own in {None, each.person_id}
        )
        return _view(withdrawn)


async def _scope(opened: Units, caller: TenantCaller, request_id: UUID) -> set[UUID]:
    async with opened([caller.tenant_id]) as work:
        request = await _seen(work, caller, request_id)
    return await with_funder(opened, caller.tenant_id, request.programme_id)


async def _seen(work: PostgresUnitOfWork, caller: TenantCaller, request_id: UUID) -> VoucherRequest:
    """A request that the caller sees. Raises Problem 404."""
    request = await work.requests.get(request_id)
    if request is None:
        raise not_found("request")
    if not is_hr(caller):
        own = await work.accounts.person_of(caller.tenant_id, caller.subject)
        if own not in {request.person_id, request.leader_id}:
            raise not_found("request")
    return request


def _decide(caller: TenantCaller, request_id: UUID) -> Decide:
    return Decide(caller.tenant_id, request_id, caller.subject, caller.roles)


def _view(request: VoucherRequest | None) -> RequestView:
    if request is None:
        raise not_found("request")
    return RequestView.of(request)
