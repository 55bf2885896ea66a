"""Who may call what: each address declares it by one gate, and a service with an undeclared one does not start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

#: What a machine has beside its roles; who has it may do what its roles name, nothing that is every member's.
MACHINE = "machine"


#: Every role that somebody may have in a tenant; what no address knows cannot be given.
ROLES = (
    "tenant-admin",
    "hr",
    "leader",
    "trainer",
    "learner",
    "auditor",
    "works-council",
    "funder",
    "measurement",
    "reporting",
    "subscriber",
)


#: How a token is sent, in OpenAPI's words.
SCHEME = "HTTPBearer"
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "An access token of the platform's Keycloak realm",
}


TENANT_HEADER = "X-Tenant-ID"
_TENANT = {
    "name": TENANT_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "For operators with access to a tenant: the tenant to act for. Nobody else sends it.",
}


class UndeclaredAccessError(RuntimeError):
    """An address does not say who may call it, says it twice, or names no role; the process must not start."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call an address: everybody, any account, the cooperative's staff, or people of a tenant.

    `staff` are the roles of the cooperative that may; `own_token` is for an address that checks a credential of its own kind, and takes no other.
    With `members` and no roles it is for every person of the tenant; `operators_too` says whether an
    operator with access to the tenant may act there as its administrator.
    """

    everybody: bool = False
    accounts: bool = False
    own_token: bool = False
    staff: tuple[str, ...] = ()
    members: bool = False
    roles: tuple[str, ...] = ()
    operators_too: bool = False


@runtime_checkable
class Gate(Protocol):
    """A dependency that lets in whom its `access` names."""

    @property
    def access(self) -> Access:
        """Whom it lets in."""


def declared(app: FastAPI) -> Mapping[tuple[str, str], Access]:
    """Who may call each operation of an app, by method and path.

    Raises UndeclaredAccessError for an address without a gate, with more than one, or of an unknown role.
    """
    table: dict[tuple[str, str], Access] = {}
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute):
            continue
        gates = list(_gates(context.dependant))
        if len(gates) != 1:
            raise UndeclaredAccessError(
                f"{context.path} has {len(gates)} gates: give it one of shared/auth/dependencies.py"
            )
        access = gates[0].access
        if unknown := set(access.roles).difference(ROLES):
            raise UndeclaredAccessError(
                f"{context.path} is for {unknown}: correct it, or add it to ROLES"
            )
        if access.everybody and not context.include_in_schema:
            continue  # health and measures: of the process, not of its contract
        table |= {(method, str(context.path_format)): access for method in context.methods or ()}
    return table


def describe_access(app: FastAPI, table: Mapping[tuple[str, str], Access]) -> None:
    """Have the app's OpenAPI document say where a token is needed, and who may name a tenant.

    Dependencies of FastAPI's own would say it too, and be solved at every request.
    """

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = FastAPI.openapi(app)
            document.setdefault("components", {})["securitySchemes"] = {SCHEME: _BEARER}
            for (method, path), access in table.items():
                operation = document["paths"].get(path, {}).get(method.lower())
                if operation and not (access.everybody or access.own_token):
                    operation["security"] = [{SCHEME: []}]
                if operation and access.members:
                    operation.setdefault("parameters", []).append(_TENANT)
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _gates(dependant: Any) -> Iterator[Gate]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Gate):
            yield dependency.call
        else:
            yield from _gates(dependency)
