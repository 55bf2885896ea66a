"""Addresses for the register of members, for the cooperative's staff and its auditors."""

from uuid import UUID, uuid5

from fastapi import APIRouter

from services.member.application.change_shares import RecordPayment, record_payment
from services.member.domain.cooperative_errors import NotAMemberError
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.memberships import AsOf, today
from services.member.entrypoints.operator_log import note
from services.member.entrypoints.tenants_bodies import (
    MembershipView,
    PaymentBody,
    RegisterLineView,
    VotesView,
)
from shared.auth.dependencies import CooperativeReader, Operator
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset

_OPERATORS = UUID("3c0f2f0e-6f2c-4f0b-8b44-5ad7f7a8f1c5")

router = APIRouter(prefix="/v1/register", tags=["member"])


@router.get("")
async def get_register(
    _caller: CooperativeReader,
    opened: Units,
    as_of: AsOf = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[RegisterLineView]:
    """The register of members as of a day, by member number; who has left by then has no share any more."""
    async with opened(operator=True) as work:
        lines = await work.register.lines(as_of or today(), limit, offset)
        return [RegisterLineView.of(line) for line in lines]


@router.get("/votes")
async def get_votes(_caller: CooperativeReader, opened: Units, as_of: AsOf = None) -> VotesView:
    """How many votes a general meeting has on a day: one a member, whatever its shares."""
    day = as_of or today()
    async with opened(operator=True) as work:
        return VotesView(as_of=day, votes=await work.register.votes(day))


@router.get("/{tenant_id}")
async def get_member(
    tenant_id: UUID, _caller: CooperativeReader, opened: Units, as_of: AsOf = None
) -> MembershipView:
    """A member with every entry."""
    async with opened(operator=True) as work:
        member = await work.memberships.get(tenant_id)
    if member is None:
        raise NotAMemberError
    return MembershipView.as_of_day(member, as_of or today())


@router.post("/{tenant_id}/payments", status_code=201)
async def post_payment(
    tenant_id: UUID,
    body: PaymentBody,
    caller: Operator,
    opened: Units,
    key: IdempotencyKey = None,
) -> MembershipView:
    """Record what a member paid for its shares, or was paid back for those that have ended."""
    command = RecordPayment(tenant_id, body.cents, body.paid_on, caller.subject, body.ground)
    # A space of its own: an operator's keys are not the tenant's.
    space = uuid5(_OPERATORS, f"{caller.subject} {tenant_id}")
    async with opened([tenant_id, space]) as work:

        async def action() -> MembershipView:
            member = await record_payment(work, command, utc_now())
            await note(work, caller, "record_payment", tenant_id)
            return MembershipView.as_of_day(member, today())

        request = ("record_payment", body)
        return await answer_once(work.connection, space, key, request, action, MembershipView)
