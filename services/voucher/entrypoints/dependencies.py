"""Who calls the addresses of what is given out, and for which tenants they act."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.errors import NoPersonOfYoursError
from services.voucher.entrypoints.api import Units
from shared.auth.dependencies import TENANT_ADMIN, TenantCaller, for_tenant
from shared.http.problems import Problem, not_found

_HR = frozenset({"hr", TENANT_ADMIN})

Hr = Annotated[TenantCaller, Depends(for_tenant("hr", TENANT_ADMIN))]
#: Either side of an allocation.
Giver = Annotated[TenantCaller, Depends(for_tenant("funder", "hr", TENANT_ADMIN))]


def is_hr(caller: TenantCaller) -> bool:
    """Whether the caller may act for other people of the tenant."""
    return not _HR.isdisjoint(caller.roles)


async def own_person(work: PostgresUnitOfWork, caller: TenantCaller) -> UUID:
    """Who calls. Raises NoPersonOfYoursError."""
    person_id = await work.accounts.person_of(caller.tenant_id, caller.subject)
    if person_id is None:
        raise NoPersonOfYoursError
    return person_id


async def person_meant(opened: Units, caller: TenantCaller, named: UUID | None) -> UUID:
    """The person that is named, or who calls. Only HR may name somebody else; raises Problem 403."""
    if named and is_hr(caller):
        return named
    async with opened([caller.tenant_id]) as work:
        own = await own_person(work, caller)
    if named not in {None, own}:
        raise Problem(403, "role_missing", "For somebody else this needs the role hr. Ask HR.")
    return own


async def with_funder(opened: Units, tenant_id: UUID, programme_id: UUID) -> set[UUID]:
    """A claim changes a voucher of its tenant and a pool of the programme's funder. Raises Problem 404."""
    async with opened([tenant_id]) as work:
        funder_id = await work.queries.funder_of(programme_id)
    if funder_id is None:
        raise not_found("programme")
    return {tenant_id, funder_id}
