"""A tenant is called otherwise, or its key or regions change; everybody who keeps a copy hears of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.member.application import outgoing
from services.member.application.apply import require_existing
from services.member.application.ports import UnitOfWork
from services.member.domain.organisation import OfficialKey, Organisation
from services.member.domain.statutes import day_of
from services.member.domain.tenant import MEMBERS, Tenant
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class RenameTenant:
    """What the tenant is called from now on; `by` is who declared it."""

    tenant_id: UUID
    name: str
    by: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class ChangeKey:
    """The key that a tenant has from a day on, such as after a merger."""

    tenant_id: UUID
    key: OfficialKey
    valid_from: date
    cause: Cause


async def rename_tenant(work: UnitOfWork, command: RenameTenant, now: datetime) -> Tenant | None:
    """Take over the name, in the register too; None when there is no such tenant."""
    tenant = await work.tenants.lock(command.tenant_id)
    if tenant is None:
        return None
    tenant.require_active()
    await _describe(work, tenant, replace(tenant.organisation, name=command.name), command.cause)
    member = await work.memberships.lock(command.tenant_id)
    if member:
        member.rename(command.name, command.by, now)
        await work.memberships.save(member)
    return tenant


async def change_key(work: UnitOfWork, command: ChangeKey, now: datetime) -> Tenant | None:
    """Keep the key for its day, and take it over when that has come; None when there is no such tenant."""
    tenant = await work.tenants.lock(command.tenant_id)
    if tenant is None:
        return None
    areas = await work.areas.get()
    areas.check(replace(tenant.organisation, official_key=command.key, regions=frozenset()))
    if command.valid_from <= day_of(now):
        await require_existing(work, command.key, tenant.organisation.kind, now)
    history = await work.official_keys.get(command.tenant_id)
    history.change(command.key, command.valid_from)
    await work.official_keys.save(history)
    await work.reviews.ask(command.tenant_id, command.valid_from)
    if command.valid_from <= day_of(now):
        await review_tenant(work, command.tenant_id, now, command.cause)
    return await work.tenants.get(command.tenant_id)


async def review_tenant(work: UnitOfWork, tenant_id: UUID, now: datetime, cause: Cause) -> None:
    """Give the tenant the key of today, and the regions that follow from it; tell it if that is news."""
    tenant = await work.tenants.lock(tenant_id)
    if tenant is None:
        return
    today = day_of(now)
    history = await work.official_keys.get(tenant_id)
    key = history.on(today) if tenant.status in MEMBERS else None
    organisation = replace(
        tenant.organisation, official_key=key or tenant.organisation.official_key
    )
    areas = await work.areas.get()
    organisation = replace(organisation, regions=areas.regions_of(organisation))
    await _describe(work, tenant, organisation, cause)
    await work.reviews.done(tenant_id, today)


async def _describe(
    work: UnitOfWork, tenant: Tenant, organisation: Organisation, cause: Cause
) -> None:
    if not tenant.describe(organisation):
        return
    await work.tenants.save(tenant)
    if tenant.status in MEMBERS:
        work.publish(outgoing.tenant_changed(tenant, cause))
