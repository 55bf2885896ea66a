"""The other systems that have to know a tenant, for adapters to provide and fakes to stand in for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.member.domain.identity_link import LoginProtocol
from services.member.domain.tenant import Tenant


class OutsideError(Exception):
    """Another system did not do what was asked. `code` is stable; no text names a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class IdentityProviderError(OutsideError):
    """The identity provider did not do what was asked."""


class BrokerError(OutsideError):
    """The broker did not do what was asked."""


class IdentityProvider(Protocol):
    """Where people sign in. Every method may be repeated; all raise IdentityProviderError."""

    async def create_organization(self, tenant: Tenant) -> str:
        """The id of the tenant's organization, which is made if it is not there."""

    async def create_account(self, email: str) -> str:
        """The subject of the account with this address, which is made, without a password, if there is none."""

    async def invite(self, subject: str) -> None:
        """Write to an account how to set its password."""

    async def add_member(self, organization_id: str, subject: str) -> None:
        """Let a user act for an organization."""

    async def remove_member(self, organization_id: str, subject: str) -> None:
        """Let a user act for an organization no more."""

    async def grant_roles(self, tenant_id: UUID, subject: str, roles: Collection[str]) -> None:
        """Give a user roles in a tenant; those it has already stay."""

    async def set_roles(self, tenant_id: UUID, subject: str, roles: Collection[str]) -> None:
        """Give a user exactly these roles in a tenant; those in other tenants stay."""

    async def create_machine(
        self, tenant_id: UUID, organization_id: str, account: str, roles: Collection[str]
    ) -> None:
        """An account for a machine that acts for a tenant, with these roles in it; made if it is not there."""

    async def renew_secret(self, account: str) -> str:
        """A new secret for a machine's account; the one before is void."""

    async def remove_machine(self, account: str) -> None:
        """A machine's account is gone, if it was there."""

    async def unlink(self, tenant: Tenant) -> None:
        """Remove the identity provider that the tenant linked, if there is one."""

    async def delete_organization(self, tenant: Tenant) -> None:
        """Remove the organization, after everything that hangs on it."""


@dataclass(frozen=True, slots=True)
class Login:
    """What the identity provider has to know of another, as that one says it of itself."""

    protocol: LoginProtocol
    issuer: str
    config: Mapping[str, str]


class IdentityLinker(Protocol):
    """Lets people of a tenant sign in at its own identity provider. Raises IdentityProviderError."""

    async def link(self, tenant: Tenant, login: Login, domains: Sequence[str]) -> None:
        """Lead people with addresses in `domains` there; what was linked before is replaced."""

    async def unlink(self, tenant: Tenant) -> None:
        """Lead nobody there any more."""

    def return_address(self, tenant_id: UUID) -> str:
        """Where the other one sends people back to; it has to be told."""


class NameServers(Protocol):
    """The DNS."""

    async def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none if there is no such name. Raises OutsideError."""


class Prober(Protocol):
    """The proof that a tenant is there for every service."""

    async def probe(self, tenant: Tenant) -> None:
        """Get a token for the tenant, and be content only if it names this tenant alone. Raises IdentityProviderError."""


class Broker(Protocol):
    """What a tenant's systems may do on the broker. Every method may be repeated; all raise BrokerError."""

    async def allow(self, tenant_id: UUID) -> None:
        """Let the tenant's user read its own topic, with groups of its own, and nothing else."""

    async def withdraw(self, tenant_id: UUID) -> None:
        """Take every right away; this ends open sessions too."""

    async def set_password(self, tenant_id: UUID, password: str) -> None:
        """Let the tenant's user log in with this password, and with no other."""

    async def remove_user(self, tenant_id: UUID) -> None:
        """Let the tenant's user log in no more."""

    async def delete_topic(self, tenant_id: UUID) -> None:
        """Delete the tenant's topic, if there is one."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Every other system that has to know a tenant."""

    identity: IdentityProvider
    broker: Broker
    prober: Prober


#: Connect to one of them, for as long as a request needs it.
ConnectBroker = Callable[[], AbstractAsyncContextManager[Broker]]
ConnectProvider = Callable[[], AbstractAsyncContextManager[IdentityProvider]]
ConnectLinker = Callable[[], AbstractAsyncContextManager[IdentityLinker]]

#: Connects to the other systems for as long as a block lasts.
ConnectOutside = Callable[[], AbstractAsyncContextManager[Outside]]
