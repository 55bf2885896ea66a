"""An organisation applies."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.directory import check_key
from services.member.domain.errors import ApplicantHasTenantError
from services.member.domain.key_history import KeyHistory
from services.member.domain.organisation import Kind, OfficialKey, Organisation
from services.member.domain.statutes import day_of
from services.member.domain.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Apply:
    """An application for so many shares, by who acts for no tenant yet; an operator's account stays out of it."""

    tenant_id: UUID
    organisation: Organisation
    contact_email: str
    applicant: str
    applicant_has_tenant: bool
    shares: int = 1


async def apply(work: UnitOfWork, command: Apply, now: datetime) -> Tenant:
    """Remember the application for an operator to decide. Regions that its key proves are added."""
    if command.applicant_has_tenant:
        raise ApplicantHasTenantError
    areas = await work.areas.get()
    areas.check(command.organisation)
    organisation = replace(command.organisation, regions=areas.regions_of(command.organisation))
    key = organisation.official_key
    if key:
        await require_existing(work, key, organisation.kind, now)
    tenant = Tenant.apply(
        command.tenant_id,
        organisation,
        command.contact_email,
        command.applicant,
        now,
        command.shares,
    )
    await work.tenants.add(tenant)
    if key:
        history = KeyHistory(tenant.tenant_id)
        history.change(key, day_of(now))
        await work.official_keys.save(history)
    return tenant


async def require_existing(work: UnitOfWork, key: OfficialKey, kind: Kind, now: datetime) -> None:
    """Go on only with a key that the official directory has today for such a body, once one was read.

    Raises OfficialKeyUnknownError, OfficialKeyEndedError or OfficialKeyNotOfKindError.
    """
    if await work.municipalities.newest():
        check_key(key, kind, await work.municipalities.find(key.identity), day_of(now))
