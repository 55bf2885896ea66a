"""FastAPI dependencies that say who may call an address: the gates, and the callers that they let in."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from shared.auth.access import MACHINE, TENANT_HEADER, Access
from shared.auth.operator_access import Errand, OperatorAccess
from shared.auth.standing import Standings
from shared.auth.tokens import Authenticator, Caller, IssuerUnreachableError, TokenError
from shared.http.problems import Problem

OPERATOR = "operator"
#: Sees how the services are, and changes nothing.
VIEWER = "viewer"
#: Confirms what takes a second person.
APPROVER = "approver"
TENANT_ADMIN = "tenant-admin"
COOPERATIVE_AUDITOR = "cooperative-auditor"

#: Methods that change nothing.
READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class TenantCaller:
    """A caller that acts for exactly one tenant."""

    subject: str
    tenant_id: UUID
    roles: frozenset[str]
    email: str | None = None


async def authenticated(request: Request) -> Caller:
    """Anybody with a valid token of the realm."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("Send an access token: Authorization: Bearer …")
    authenticator: Authenticator = request.app.state.authenticator
    try:
        return await authenticator.authenticate(token)
    except TokenError as error:
        raise _unauthorized(f"The access token was refused: {error}. Get a new one.") from error
    except IssuerUnreachableError as error:
        detail = "Tokens cannot be verified right now. Try again shortly."
        raise Problem(503, "issuer_unreachable", detail, headers={"Retry-After": "5"}) from error


def _unauthorized(detail: str) -> Problem:
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


class _Everybody:
    """No token is needed."""

    access = Access(everybody=True)

    async def __call__(self) -> None:
        """Let everybody in."""


class _OwnToken:
    """The address checks a credential of its own kind: a token of this realm opens nothing there."""

    access = Access(own_token=True)

    async def __call__(self) -> None:
        """Leave it to the address."""


class _Account:
    """Any account of the realm, also one of no tenant."""

    access = Access(accounts=True)

    async def __call__(self, caller: Annotated[Caller, Depends(authenticated)]) -> Caller:
        """Let in who has a token."""
        return caller


class _ForCooperative:
    """Who works for the cooperative, with one of its roles."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        self.access = Access(staff=roles)

    async def __call__(self, caller: Annotated[Caller, Depends(authenticated)]) -> Caller:
        """Let in who has one of the roles."""
        _require(caller, self.access.staff)
        return caller


class _ForTenant:
    """Who acts for exactly one tenant: its people and machines, or an operator on an errand there."""

    def __init__(self, roles: tuple[str, ...], *, operators_too: bool, leaver: bool) -> None:
        as_admin = operators_too and (not roles or TENANT_ADMIN in roles)
        self._leaver = leaver
        self.access = Access(members=True, roles=roles, operators_too=as_admin)

    async def __call__(
        self,
        request: Request,
        caller: Annotated[Caller, Depends(authenticated)],
    ) -> TenantCaller:
        """Let in who has one of the roles; without roles, every person of the tenant."""
        on_behalf_of = _on_behalf_of(request)
        if on_behalf_of is not None and OPERATOR in caller.roles:
            return await self._on_an_errand(request, caller, on_behalf_of)
        if len(caller.tenant_ids) != 1 or on_behalf_of not in {None, caller.tenant_ids[0]}:
            raise Problem(
                403,
                "no_single_tenant",
                "The access token must name exactly one organization. Ask for the scope of the one you act for.",
            )
        _require(caller, self.access.roles)
        if not self.access.roles and MACHINE in caller.roles:
            raise _role_missing("of a person")
        [tenant_id] = caller.tenant_ids
        standings: Standings = request.app.state.standings
        changes = request.method not in READS
        await standings.require(tenant_id, changes=changes, leaver=self._leaver)
        return TenantCaller(caller.subject, tenant_id, caller.roles, caller.email)

    async def _on_an_errand(
        self, request: Request, caller: Caller, tenant_id: UUID
    ) -> TenantCaller:
        if not self.access.operators_too:
            raise _role_missing(" or ".join(self.access.roles) or "of the tenant itself")
        permits: OperatorAccess = request.app.state.operator_access
        changes = request.method not in READS
        route = getattr(request.scope.get("route"), "path", "")
        errand = Errand(caller.subject, tenant_id, f"{request.method} {route}", changes=changes)
        if not await permits.admit(errand):
            raise operator_access_missing()
        return TenantCaller(caller.subject, tenant_id, frozenset({TENANT_ADMIN}))


def _on_behalf_of(request: Request) -> UUID | None:
    named = request.headers.get(TENANT_HEADER)
    try:
        return UUID(named) if named is not None else None
    except ValueError as error:
        field = {"field": f"header.{TENANT_HEADER}", "detail": "It is the id of a tenant."}
        detail = "The request does not have the form that is expected. Correct the fields named in errors."
        raise Problem(422, "invalid_request", detail, errors=[field]) from error


def for_tenant(*roles: str, leaver: bool = False) -> _ForTenant:
    """A caller of exactly one tenant, with one of `roles`; without roles, any person of a tenant.

    Where an administrator may come in, so may an operator whose access to the tenant is running.
    A tenant that is suspended may read, one that has left may do nothing, unless it is for a `leaver`.
    """
    return _ForTenant(roles, operators_too=True, leaver=leaver)


def for_tenant_itself(*roles: str, leaver: bool = False) -> _ForTenant:
    """As `for_tenant`, but never for an operator: what outlasts an access, or is about accesses."""
    return _ForTenant(roles, operators_too=False, leaver=leaver)


def for_cooperative(*roles: str) -> _ForCooperative:
    """A caller of the cooperative, with one of `roles`."""
    return _ForCooperative(roles)


def operator_access_missing() -> Problem:
    """What an operator is told who has not come into the tenant."""
    return Problem(
        403,
        "operator_access_missing",
        "You have no running access to this tenant that allows this. Ask for it with a reason: "
        "POST /v1/tenants/{tenant_id}/access at the member service.",
    )


def _require(caller: Caller, roles: tuple[str, ...]) -> None:
    if roles and caller.roles.isdisjoint(roles):
        raise _role_missing(" or ".join(roles))


def _role_missing(roles: str) -> Problem:
    return Problem(403, "role_missing", f"This needs the role {roles}. Ask your administrator.")


everybody, own_token, account = _Everybody(), _OwnToken(), _Account()

#: For `APIRouter(dependencies=[FOR_EVERYBODY])` and single addresses that need no token.
FOR_EVERYBODY = Depends(everybody)
#: For a router that knows its callers by tokens of another kind, such as a tenant's SCIM token.
WITH_ITS_OWN_TOKEN = Depends(own_token)

AnyCaller = Annotated[Caller, Depends(account)]
Operator = Annotated[Caller, Depends(for_cooperative(OPERATOR))]
Viewer = Annotated[Caller, Depends(for_cooperative(OPERATOR, APPROVER, VIEWER))]
Approver = Annotated[Caller, Depends(for_cooperative(APPROVER))]
#: Where it depends on what is confirmed whether an approver is needed.
Confirmer = Annotated[Caller, Depends(for_cooperative(OPERATOR, APPROVER))]
CooperativeReader = Annotated[Caller, Depends(for_cooperative(OPERATOR, COOPERATIVE_AUDITOR))]
TenantMember = Annotated[TenantCaller, Depends(for_tenant())]
TenantAdmin = Annotated[TenantCaller, Depends(for_tenant(TENANT_ADMIN))]
#: For what outlasts an operator's access, or is none of an operator's business.
OwnAdmin = Annotated[TenantCaller, Depends(for_tenant_itself(TENANT_ADMIN))]
LeavingAdmin = Annotated[TenantCaller, Depends(for_tenant(TENANT_ADMIN, leaver=True))]
