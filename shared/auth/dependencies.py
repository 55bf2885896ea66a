"""FastAPI dependencies that say who may call an address."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.auth.tokens import Authenticator, Caller, IssuerUnreachableError, TokenError
from shared.http.problems import Problem

OPERATOR = "operator"
TENANT_ADMIN = "tenant-admin"

_bearer = HTTPBearer(
    auto_error=False, description="An access token of the platform's Keycloak realm"
)


@dataclass(frozen=True, slots=True)
class TenantCaller:
    """A caller that acts for exactly one tenant."""

    subject: str
    tenant_id: UUID
    roles: frozenset[str]


async def authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """Anybody with a valid token of the realm."""
    if credentials is None:
        raise _unauthorized("Send an access token: Authorization: Bearer …")
    authenticator: Authenticator = request.app.state.authenticator
    try:
        return await authenticator.authenticate(credentials.credentials)
    except TokenError as error:
        raise _unauthorized(f"The access token was refused: {error}. Get a new one.") from error
    except IssuerUnreachableError as error:
        detail = "Tokens cannot be verified right now. Try again shortly."
        raise Problem(503, "issuer_unreachable", detail, headers={"Retry-After": "5"}) from error


def _unauthorized(detail: str) -> Problem:
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def for_tenant(*roles: str) -> Callable[[Caller], Awaitable[TenantCaller]]:
    """A caller of exactly one tenant, with one of `roles`; without roles, any member of a tenant."""

    async def tenant_caller(caller: Annotated[Caller, Depends(authenticated)]) -> TenantCaller:
        if len(caller.tenant_ids) != 1:
            raise Problem(
                403,
                "no_single_tenant",
                "The access token must name exactly one organization. Ask for the scope of the one you act for.",
            )
        _require(caller, roles)
        return TenantCaller(caller.subject, caller.tenant_ids[0], caller.roles)

    return tenant_caller


async def operator(caller: Annotated[Caller, Depends(authenticated)]) -> Caller:
    """A caller of the cooperative's staff."""
    _require(caller, (OPERATOR,))
    return caller


def _require(caller: Caller, roles: tuple[str, ...]) -> None:
    if roles and caller.roles.isdisjoint(roles):
        raise Problem(
            403,
            "role_missing",
            f"This needs the role {' or '.join(roles)}. Ask your administrator.",
        )


AnyCaller = Annotated[Caller, Depends(authenticated)]
Operator = Annotated[Caller, Depends(operator)]
TenantMember = Annotated[TenantCaller, Depends(for_tenant())]
TenantAdmin = Annotated[TenantCaller, Depends(for_tenant(TENANT_ADMIN))]
