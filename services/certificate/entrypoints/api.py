"""The HTTP contract of the certificate service for tenants; public.py has that for everybody."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.revoke_credential import RevokeCredential, revoke_credential
from services.certificate.domain.award import AwardState
from services.certificate.entrypoints.bodies import AwardView, CredentialView, RevocationBody
from services.certificate.entrypoints.status_cache import StatusCache, status_cache
from shared.auth.dependencies import TenantAdmin
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.http.middleware import current_traceparent
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found
from shared.processes.api import units

#: HTTP status of each code of the domain's errors; 409 for the rest.
STATUSES = {"reason_missing": 422, "key_not_opened": 503, "key_mismatch": 503}

router = APIRouter(prefix="/v1", tags=["certificate"])


Units = Annotated[UnitsOfWork[PostgresUnitOfWork], Depends(units)]
Cache = Annotated[StatusCache, Depends(status_cache)]


@router.get("/credentials")
async def get_credentials(
    caller: TenantAdmin,
    opened: Units,
    person_id: UUID | None = None,
    booking_id: UUID | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[CredentialView]:
    """Credentials that your organisation issued, newest first."""
    async with opened([caller.tenant_id]) as work:
        found = await work.queries.credentials(person_id, booking_id, limit, offset)
        return [CredentialView.published(award, work.addresses) for award in found]


@router.get("/credentials/{credential_id}")
async def get_credential(credential_id: UUID, caller: TenantAdmin, opened: Units) -> CredentialView:
    """One credential that your organisation issued."""
    async with opened([caller.tenant_id]) as work:
        award = await work.queries.credential(credential_id)
        if award is None:
            raise not_found("credential")
        return CredentialView.published(award, work.addresses)


@router.post("/credentials/{credential_id}/revocation")
async def post_revocation(
    credential_id: UUID, body: RevocationBody, caller: TenantAdmin, opened: Units, cache: Cache
) -> CredentialView:
    """Take a credential back. A repetition changes nothing: the first reason and time stay."""
    command = RevokeCredential(credential_id, body.reason, current_traceparent())
    async with opened([caller.tenant_id]) as work:
        award = await revoke_credential(work, command, utc_now())
        if award is None:
            raise not_found("credential")
        view = CredentialView.published(award, work.addresses)
    assert award.list_id, "a credential has a status list"
    await cache.drop(caller.tenant_id, award.list_id)
    return view


@router.get("/awards")
async def get_awards(
    caller: TenantAdmin,
    opened: Units,
    state: AwardState | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[AwardView]:
    """What your people completed, newest first; a pending award says what it waits for."""
    async with opened([caller.tenant_id]) as work:
        return [AwardView.of(each) for each in await work.queries.awards(state, limit, offset)]
