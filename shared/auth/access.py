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
)


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


def _gates(dependant: Any) -> Iterator[Gate]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Gate):
            yield dependency.call
        else:
            yield from _gates(dependency)
