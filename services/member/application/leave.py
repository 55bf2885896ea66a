"""A membership ends: notice, its withdrawal, the last day, and the deletion after the time to fetch the data."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.member.application import outgoing
from services.member.application.agreement_ports import AgreementUnit
from services.member.application.decide_application import give_up_keys
from services.member.application.erase_people import erase_people
from services.member.application.leave_agreements import leave_agreements
from services.member.application.ports import OpenUnit, UnitOfWork
from services.member.domain.person import ErasureReason
from services.member.domain.statutes import Statutes
from services.member.domain.tenant import Party, Tenant
from shared.envelope import Cause

ERASED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class GiveNotice:
    """Who ends the membership, and why. Only the cooperative names a last day."""

    tenant_id: UUID
    by: Party
    reason: str
    cause: Cause
    last_day: date | None = None


async def give_notice(
    work: UnitOfWork, command: GiveNotice, now: datetime, statutes: Statutes
) -> Tenant | None:
    """Announce that the membership will end; None when there is no such tenant."""
    tenant = await work.tenants.lock(command.tenant_id)
    if tenant:
        tenant.give_notice(command.by, command.reason, now, statutes, command.last_day)
        await work.tenants.save(tenant)
        work.publish(outgoing.tenant_leaving(tenant, command.cause))
    return tenant


async def withdraw_notice(
    work: UnitOfWork, tenant_id: UUID, by: Party, cause: Cause
) -> Tenant | None:
    """Take the notice back before its day; None when there is no such tenant."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant:
        tenant.withdraw_notice(by)
        await work.tenants.save(tenant)
        work.publish(outgoing.tenant_resumed(tenant, cause))
    return tenant


async def end_membership(
    work: AgreementUnit, tenant_id: UUID, now: datetime, statutes: Statutes
) -> None:
    """The last day is over: the tenant has left, its agreements too, and its shares have ended."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant is None or not tenant.leave(now, statutes):
        return
    await work.tenants.save(tenant)
    await give_up_keys(work, tenant_id, now)
    await _exit(work, tenant, now)
    await leave_agreements(work, tenant, now)
    work.publish(outgoing.tenant_left(tenant, Cause(str(tenant_id))))


async def delete_tenant(opened: OpenUnit, tenant_id: UUID, now: datetime) -> None:
    """The time to fetch the data is over: erase the people, some at a time, then all that need not stay."""
    while await _erase_some(opened, tenant_id, now):
        pass
    async with opened([tenant_id]) as work:
        tenant = await work.tenants.lock(tenant_id)
        if tenant and tenant.delete(now):
            await work.tenants.save(tenant)
            await work.tenant_data.purge(tenant_id)
            work.publish(outgoing.tenant_deleted(tenant, Cause(str(tenant_id))))


async def _erase_some(opened: OpenUnit, tenant_id: UUID, now: datetime) -> bool:
    async with opened([tenant_id]) as work:
        tenant = await work.tenants.lock(tenant_id)
        if tenant is None or not tenant.is_deletable(now):
            return False
        person_ids = await work.people.some(tenant_id, ERASED_AT_ONCE)
        if person_ids:
            await erase_people(work, tenant_id, person_ids, ErasureReason.TENANT_LEFT, now)
        return bool(person_ids)


async def _exit(work: UnitOfWork, tenant: Tenant, now: datetime) -> None:
    assert tenant.notice, "who left had given or got notice"
    member = await work.memberships.lock(tenant.tenant_id)
    if member:
        ground = f"notice given by the {tenant.notice.by}"
        member.exit(tenant.notice.last_day, tenant.notice.by, ground, now)
        await work.memberships.save(member)
