"""A member takes more shares or gives notice of some; the cooperative records what was paid."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.cooperative_errors import NotAMemberError
from services.member.domain.membership import Membership
from services.member.domain.statutes import Statutes


@dataclass(frozen=True, slots=True)
class ChangeShares:
    """By how many shares; `by` is who declared it for the member."""

    tenant_id: UUID
    shares: int
    by: str


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """What a member paid in, or with a negative number of cents what it was paid back."""

    tenant_id: UUID
    cents: int
    on: date
    by: str
    ground: str


async def subscribe_shares(work: UnitOfWork, command: ChangeShares, now: datetime) -> Membership:
    """Take more shares, from today on."""
    tenant = await work.tenants.lock(command.tenant_id)
    member = await _member(work, command.tenant_id)
    if tenant:
        tenant.require_active()
    member.subscribe(command.shares, command.by, now)
    await work.memberships.save(member)
    return member


async def cancel_shares(
    work: UnitOfWork, command: ChangeShares, now: datetime, statutes: Statutes
) -> Membership:
    """Give notice of some shares, to the day that the statutes say."""
    tenant = await work.tenants.lock(command.tenant_id)
    member = await _member(work, command.tenant_id)
    if tenant:
        tenant.require_active()
    member.cancel(command.shares, command.by, now, statutes)
    await work.memberships.save(member)
    return member


async def record_payment(work: UnitOfWork, command: RecordPayment, now: datetime) -> Membership:
    """Write down what was paid; also for a member that left."""
    member = await _member(work, command.tenant_id)
    if command.cents < 0:
        member.repay(-command.cents, command.on, command.by, command.ground, now)
    else:
        member.pay_in(command.cents, command.on, command.by, command.ground, now)
    await work.memberships.save(member)
    return member


async def _member(work: UnitOfWork, tenant_id: UUID) -> Membership:
    member = await work.memberships.lock(tenant_id)
    if member is None:
        raise NotAMemberError
    return member
