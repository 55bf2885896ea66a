"""A funder opens a programme, or drafts one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.errors import TenantNotKnownError
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Terms
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class OpenProgramme:
    """The funder's decision, or a draft of it."""

    tenant_id: UUID
    programme_id: UUID
    terms: Terms
    cause: Cause
    is_draft: bool = False


async def open_programme(work: UnitOfWork, command: OpenProgramme, now: datetime) -> Programme:
    """Grant the budget and announce the programme; of a draft nobody else hears.

    Raises TenantNotKnownError or InvalidProgrammeError.
    """
    if not await work.tenants.get_many([command.tenant_id]):
        raise TenantNotKnownError
    programme = Programme.draft(command.tenant_id, command.programme_id, command.terms)
    if not command.is_draft:
        programme.open(command.terms.budget, now)
        work.publish(outgoing.programme_opened(programme, command.cause))
    await work.programmes.add(programme)
    return programme
