"""An organisation applies."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.errors import ApplicantHasTenantError
from services.member.domain.organisation import Organisation
from services.member.domain.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Apply:
    """An application, by somebody who acts for no tenant yet."""

    tenant_id: UUID
    organisation: Organisation
    contact_email: str
    applicant: str
    applicant_has_tenant: bool


async def apply(work: UnitOfWork, command: Apply, now: datetime) -> Tenant:
    """Remember the application for an operator to decide."""
    if command.applicant_has_tenant:
        raise ApplicantHasTenantError
    (await work.areas.get()).check(command.organisation)
    tenant = Tenant.apply(
        command.tenant_id, command.organisation, command.contact_email, command.applicant, now
    )
    await work.tenants.add(tenant)
    return tenant
