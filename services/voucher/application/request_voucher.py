"""A person asks for a voucher; leader and HR approve, as the programme says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from services.voucher.application import giving_outgoing
from services.voucher.application.giving_ports import GivingUnit
from services.voucher.application.hold_vouchers import HoldVoucher, begin_holding
from services.voucher.domain.eligibility import Refusal, VoucherRefusedError, first_refusal
from services.voucher.domain.errors import (
    PersonNotKnownError,
    ProgrammeNotKnownError,
    TenantNotKnownError,
)
from services.voucher.domain.person import Person
from services.voucher.domain.terms import Step, Terms
from services.voucher.domain.voucher_request import (
    Decider,
    InvalidRequestError,
    VoucherRequest,
    steps_of,
)
from shared.envelope import Cause

#: How long a request waits for its approval.
OPEN_FOR = timedelta(days=30)
_VOUCHERS = UUID("f5a3d1c8-3c3b-4d6e-8a46-0f7d1b0f6f7c")


@dataclass(frozen=True, slots=True)
class RequestVoucher:
    """What a person, or HR for them, asks for."""

    tenant_id: UUID
    request_id: UUID
    person_id: UUID
    programme_id: UUID
    leader_id: UUID | None
    purpose: str


@dataclass(frozen=True, slots=True)
class Decide:
    """The word of an account of the tenant on a request."""

    tenant_id: UUID
    request_id: UUID
    account: str
    roles: frozenset[str]


async def request_voucher(
    work: GivingUnit, command: RequestVoucher, now: datetime
) -> VoucherRequest:
    """Keep the request; where nobody has to approve, the voucher is held at once.

    Raises ProgrammeNotKnownError, PersonNotKnownError, InvalidRequestError, RequestOpenError, and VoucherRefusedError for what is clear
    already.
    """
    terms = await work.queries.terms(command.programme_id)
    if terms is None:
        raise ProgrammeNotKnownError
    await _require_hope(work, command.tenant_id, terms, now)
    await _require_people(work, command, terms)
    request = VoucherRequest(
        command.tenant_id,
        command.request_id,
        command.person_id,
        command.programme_id,
        terms.approval,
        now,
        min(now + OPEN_FOR, terms.closes_at),
        command.leader_id,
        command.purpose,
    )
    if request.next_step is None:
        await _grant(work, request, now)
    return await _keep(work, request)


async def approve_request(
    work: GivingUnit, command: Decide, now: datetime
) -> VoucherRequest | None:
    """Take a step; with the last one the voucher is held. None when the tenant has no such request.

    A programme that gives no voucher leaves the request as it was: raises VoucherRefusedError, and what
    `VoucherRequest.approve` raises.
    """
    request = await _locked(work, command.tenant_id, command.request_id)
    if request is None:
        return None
    if request.approve(await _decider(work, command, request), now):
        await _grant(work, request, now)
    return await _keep(work, request)


async def refuse_request(
    work: GivingUnit, command: Decide, reason: str, now: datetime
) -> VoucherRequest | None:
    """Say no. None when the tenant has no such request. Raises what `VoucherRequest.refuse` raises."""
    request = await _locked(work, command.tenant_id, command.request_id)
    if request is None:
        return None
    request.refuse(await _decider(work, command, request), reason, now)
    return await _keep(work, request)


async def withdraw_request(
    work: GivingUnit, tenant_id: UUID, request_id: UUID, may: Callable[[VoucherRequest], bool]
) -> VoucherRequest | None:
    """Ask no more. None when there is no request that the caller may withdraw. Raises RequestDecidedError."""
    request = await _locked(work, tenant_id, request_id)
    if request is None or not may(request):
        return None
    request.withdraw()
    return await _keep(work, request)


async def lapse_requests(work: GivingUnit, now: datetime, limit: int) -> int:
    """End requests that nobody decided in time; returns how many."""
    due = await work.requests.due(now, limit)
    for request in due:
        request.lapse()
        await _keep(work, request)
    return len(due)


async def _require_hope(work: GivingUnit, tenant_id: UUID, terms: Terms, now: datetime) -> None:
    tenant = (await work.tenants.get_many([tenant_id])).get(tenant_id)
    if tenant is None:
        raise TenantNotKnownError
    over = Refusal.because("closed", closed_on=f"{terms.closes_at:%Y-%m-%d}")
    refusal = tenant.refusal or first_refusal(terms.eligibility.of_tenant(tenant))
    if refusal or now >= terms.closes_at:
        raise VoucherRefusedError(refusal or over)


async def _require_people(work: GivingUnit, command: RequestVoucher, terms: Terms) -> None:
    """Who asks is the tenant's, and so is the leader, where one has to approve."""
    named = {command.person_id, command.leader_id or command.person_id}
    people = await work.people.get_many(named)

    def here(person_id: UUID | None) -> Person | None:
        person = people.get(person_id) if person_id else None
        return person if person and person.works_for(command.tenant_id) else None

    if here(command.person_id) is None:
        raise PersonNotKnownError
    if Step.LEADER not in terms.approval:
        return
    if command.leader_id == command.person_id:
        raise InvalidRequestError("Nobody approves their own request. Name another leader_id.")
    leader = here(command.leader_id)
    if leader is None or "leader" not in leader.roles:
        raise InvalidRequestError(
            "The programme asks for the leader's approval. Name somebody who is a leader as leader_id."
        )


async def _locked(work: GivingUnit, tenant_id: UUID, request_id: UUID) -> VoucherRequest | None:
    request = await work.requests.lock(request_id)
    return request if request and request.tenant_id == tenant_id else None


async def _decider(work: GivingUnit, command: Decide, request: VoucherRequest) -> Decider:
    person_id = await work.accounts.person_of(command.tenant_id, command.account)
    steps = steps_of(command.roles, leads=request.is_led_by(person_id))
    return Decider(command.account, person_id, steps)


async def _grant(work: GivingUnit, request: VoucherRequest, now: datetime) -> None:
    command = HoldVoucher(
        request.tenant_id,
        uuid5(_VOUCHERS, str(request.request_id)),
        request.person_id,
        request.programme_id,
        frozenset(request.steps),
        f"request {request.request_id}",
        Cause(str(request.request_id)),
    )
    people = [(request.tenant_id, request.person_id)]
    holding = await begin_holding(work, [request.programme_id], people)
    request.grant(holding.hold(command, now).voucher_id)
    await holding.save()


async def _keep(work: GivingUnit, request: VoucherRequest) -> VoucherRequest:
    await work.requests.save(request)
    work.publish(giving_outgoing.request_changed(request, Cause(str(request.request_id))))
    return request
