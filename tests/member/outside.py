"""The other systems in memory."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from services.member.application.outside import BrokerError, IdentityProviderError, Login, Outside
from services.member.application.ports import OpenUnit
from services.member.application.take_steps import StepTaker
from services.member.domain.onboarding import LEASE, Direction
from services.member.domain.tenant import Tenant
from shared.clock import Clock, utc_now
from shared.database.outage import is_outage


class Crash(BaseException):
    """What a power cut looks like from inside."""


class Calls:
    """What was asked of the other systems; fails at the calls it is told to, before or after acting."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fails_before: list[str] = []
        self.fails_after: list[str] = []
        self.crashes = False

    def _begin(self, name: str) -> None:
        self.calls.append(name)
        if self.crashes:
            raise Crash
        self._fail(self.fails_before, name)

    def _end(self, name: str) -> None:
        self._fail(self.fails_after, name)

    def _fail(self, planned: list[str], name: str) -> None:
        if name in planned:
            planned.remove(name)
            raise IdentityProviderError("unreachable", "Keycloak does not answer.")


class FakeIdentityProvider(Calls):
    """Organizations, accounts, members and roles."""

    def __init__(self) -> None:
        super().__init__()
        self.organizations: dict[UUID, str] = {}
        self.accounts: dict[str, str] = {}
        self.invited: list[str] = []
        self.members: set[tuple[str, str]] = set()
        self.roles: dict[tuple[UUID, str], set[str]] = {}
        self.machines: dict[str, set[str]] = {}
        self.secrets: list[str] = []
        self.linked: set[UUID] = set()

    async def create_organization(self, tenant: Tenant) -> str:
        self._begin("organization")
        made = self.organizations.setdefault(tenant.tenant_id, f"org-{tenant.tenant_id}")
        self._end("organization")
        return made

    async def create_account(self, email: str) -> str:
        self._begin("account")
        made = self.accounts.setdefault(email, f"account-{len(self.accounts)}")
        self._end("account")
        return made

    async def invite(self, subject: str) -> None:
        self._begin("invitation")
        self.invited.append(subject)
        self._end("invitation")

    async def add_member(self, organization_id: str, subject: str) -> None:
        self._begin("membership")
        self.members.add((organization_id, subject))
        self._end("membership")

    async def remove_member(self, organization_id: str, subject: str) -> None:
        self._begin("end of membership")
        self.members.discard((organization_id, subject))
        self._end("end of membership")

    async def grant_roles(self, tenant_id: UUID, subject: str, roles: Collection[str]) -> None:
        self._begin("roles")
        self.roles.setdefault((tenant_id, subject), set()).update(roles)
        self._end("roles")

    async def set_roles(self, tenant_id: UUID, subject: str, roles: Collection[str]) -> None:
        self._begin("set_roles")
        self.roles[tenant_id, subject] = set(roles)
        self._end("set_roles")

    async def create_machine(
        self, tenant_id: UUID, organization_id: str, account: str, roles: Collection[str]
    ) -> None:
        self._begin("machine")
        self.machines[account] = set(roles)
        self._end("machine")

    async def renew_secret(self, account: str) -> str:
        self._begin("secret")
        self.secrets.append(f"{account}-secret-{len(self.secrets)}")
        self._end("secret")
        return self.secrets[-1]

    async def remove_machine(self, account: str) -> None:
        self._begin("removal")
        self.machines.pop(account, None)
        self._end("removal")

    async def unlink(self, tenant: Tenant) -> None:
        self._begin("identity_provider")
        self.linked.discard(tenant.tenant_id)
        self._end("identity_provider")

    async def delete_organization(self, tenant: Tenant) -> None:
        self._begin("organization")
        self.organizations.pop(tenant.tenant_id, None)
        self._end("organization")

    async def probe(self, tenant: Tenant) -> None:
        self._begin("probe")
        if tenant.organization_id != self.organizations.get(tenant.tenant_id):
            raise IdentityProviderError("token_names_another", "The token names another tenant.")
        self._end("probe")


class FakeBroker(Calls):
    """Rights, passwords and topics by tenant."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed: set[UUID] = set()
        self.passwords: dict[UUID, str] = {}
        self.topics: set[UUID] = set()

    async def allow(self, tenant_id: UUID) -> None:
        self._begin("kafka_rights")
        self.allowed.add(tenant_id)
        self._end("kafka_rights")

    async def withdraw(self, tenant_id: UUID) -> None:
        self._begin("kafka_rights")
        self.allowed.discard(tenant_id)
        self._end("kafka_rights")

    async def set_password(self, tenant_id: UUID, password: str) -> None:
        self._begin("password")
        self.passwords[tenant_id] = password
        self._end("password")

    async def remove_user(self, tenant_id: UUID) -> None:
        self._begin("kafka_user")
        self.passwords.pop(tenant_id, None)
        self._end("kafka_user")

    async def delete_topic(self, tenant_id: UUID) -> None:
        self._begin("topic")
        self.topics.discard(tenant_id)
        self._end("topic")

    def _fail(self, planned: list[str], name: str) -> None:
        if name in planned:
            planned.remove(name)
            raise BrokerError("unreachable", "Kafka does not answer.")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["FakeBroker"]:
        yield self


class FakeLinker(Calls):
    """Logins and domains by tenant."""

    def __init__(self) -> None:
        super().__init__()
        self.linked: dict[UUID, tuple[Login, Sequence[str]]] = {}

    async def link(self, tenant: Tenant, login: Login, domains: Sequence[str]) -> None:
        self._begin("link")
        self.linked[tenant.tenant_id] = (login, domains)
        self._end("link")

    async def unlink(self, tenant: Tenant) -> None:
        self._begin("unlink")
        self.linked.pop(tenant.tenant_id, None)
        self._end("unlink")

    def return_address(self, tenant_id: UUID) -> str:
        return f"https://login.example.org/broker/tenant-{tenant_id}/endpoint"

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["FakeLinker"]:
        yield self


class FakeOutside:
    """Every other system in memory."""

    def __init__(self, identity: FakeIdentityProvider | None = None) -> None:
        self.identity = identity or FakeIdentityProvider()
        self.broker = FakeBroker()

    @property
    def parts(self) -> tuple[Calls, ...]:
        return (self.identity, self.broker)

    @property
    def calls(self) -> list[str]:
        return [call for part in self.parts for call in part.calls]

    @property
    def ports(self) -> Outside:
        return Outside(self.identity, self.broker, self.identity)


async def onboard(
    opened: OpenUnit,
    tenant_id: UUID,
    outside: FakeOutside | None = None,
    *,
    direction: Direction = Direction.OPENING,
    clock: Clock = utc_now,
) -> None:
    """Take the steps of a tenant, as the worker does."""
    taker = StepTaker(opened, (outside or FakeOutside()).ports, clock, is_outage, LEASE)
    await taker.take(tenant_id, direction)
