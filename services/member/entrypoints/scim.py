"""Addresses for a tenant's identity system: SCIM 2.0, with a token of the tenant's own."""

from http import HTTPStatus
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from scim2_models import (
    ForbiddenException,
    InvalidValueException,
    PayloadTooLargeException,
    SCIMException,
    UnauthorizedException,
    UniquenessException,
)
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.domain.errors import MemberError, TenantNotActiveError
from services.member.domain.people_errors import (
    ExternalIdTakenError,
    TooManyPeopleError,
    UserNameTakenError,
)
from services.member.domain.scim_token import digest_of
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.scim_service import SERVICE
from services.member.entrypoints.scim_storage import TenantStorage
from shared.auth.dependencies import WITH_ITS_OWN_TOKEN
from shared.clock import utc_now
from shared.http.middleware import MAX_BODY_BYTES, BodyTooLargeError, current_traceparent

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
CHANGING = {"PUT", "PATCH", "DELETE"}

#: Not in the OpenAPI document: SCIM describes itself, at …/Schemas and …/ResourceTypes.
router = APIRouter(prefix="/scim", include_in_schema=False, dependencies=[WITH_ITS_OWN_TOKEN])


@router.api_route("/{tenant_id}/v2", methods=METHODS)
@router.api_route("/{tenant_id}/v2/{path:path}", methods=METHODS)
async def serve_scim(tenant_id: str, request: Request, opened: Units, path: str = "") -> Response:
    """One request is one transaction, committed before it is answered."""
    try:
        asked = await _read(request, tenant_id, path)
        return _rendered(await _serve(asked, _tenant(tenant_id), opened), asked)
    except (SCIMException, MemberError) as error:
        return _rendered(SERVICE.error_response(_as_scim(error)), None)


async def _read(request: Request, tenant_id: str, path: str) -> ScimRequest:
    try:
        body = await request.body()
    except BodyTooLargeError as error:
        detail = f"The body may have {MAX_BODY_BYTES:,} bytes at most. Send less at a time."
        raise PayloadTooLargeException(detail=detail) from error
    return ScimRequest(
        method=request.method,
        base_url=f"{request.app.state.public_url}/scim/{tenant_id}/v2",
        path=f"/{path}",
        query=dict(request.query_params),
        headers=request.headers,
        body=body,
    )


async def _serve(asked: ScimRequest, tenant_id: UUID, opened: Units) -> ScimResponse:
    async with opened([tenant_id]) as work:
        await _authenticate(work, tenant_id, asked)
        storage = TenantStorage(
            work,
            tenant_id,
            traceparent=current_traceparent(),
            is_changing=asked.method in CHANGING,
        )
        return await AsyncScimHandler(SERVICE, storage).handle(asked)


async def _authenticate(work: PostgresUnitOfWork, tenant_id: UUID, asked: ScimRequest) -> None:
    """Row-level security shows the address's tenant alone: another's token is as unknown as an invented one."""
    scheme, _, secret = (asked.header("Authorization") or "").partition(" ")
    token = None
    if scheme.lower() == "bearer" and secret:
        token = await work.scim_tokens.by_digest(tenant_id, digest_of(secret.strip()))
    if token is None or not token.is_valid(utc_now()):
        raise _unauthorized()


def _tenant(tenant_id: str) -> UUID:
    try:
        return UUID(tenant_id)
    except ValueError as error:
        raise _unauthorized() from error


def _unauthorized() -> UnauthorizedException:
    return UnauthorizedException(
        detail="The token does not open this address. Make one at /v1/scim-tokens, and check the tenant's id."
    )


def _as_scim(error: SCIMException | MemberError) -> SCIMException:
    if isinstance(error, SCIMException):
        return error
    if isinstance(error, UserNameTakenError | ExternalIdTakenError):
        return UniquenessException(detail=str(error))
    # Not 409: a directory would take it for somebody who is there already, and look for them.
    if isinstance(error, TenantNotActiveError | TooManyPeopleError):
        return ForbiddenException(detail=str(error))
    return InvalidValueException(detail=str(error))


def _rendered(answer: ScimResponse, asked: ScimRequest | None) -> Response:
    if asked:
        answer.headers.setdefault("Location", asked.url)
    content = None if answer.body is None else orjson.dumps(answer.body)
    if answer.status == HTTPStatus.NO_CONTENT:
        answer.headers.pop("Content-Type", None)
    return Response(content, int(answer.status), answer.headers)
