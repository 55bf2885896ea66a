"""What onboarding and a tenant's own settings keep, for adapters to provide and fakes to stand in for."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from services.member.domain.brand import Brand
from services.member.domain.identity_link import IdentityLink
from services.member.domain.onboarding import Direction, Process
from services.member.domain.quota import Headcount, Quotas
from services.member.domain.web_domain import WebDomain


class Processes(Protocol):
    """How far tenants are on their way in and out. Whoever saves holds the tenant's lock."""

    async def get(self, tenant_id: UUID, direction: Direction) -> Process | None:
        """A tenant's steps in one direction."""

    async def begin(self, process: Process) -> None:
        """Keep a new process, and wake a worker when this is committed."""

    async def save(self, process: Process) -> None:
        """Keep how far it is, and tell those who watch when this is committed."""


class QuotaBook(Protocol):
    """What each tenant may use."""

    async def add(self, tenant_id: UUID, quotas: Quotas) -> None:
        """Give a tenant its quotas; those it has already stay."""

    async def get(self, tenant_id: UUID) -> Quotas | None:
        """What a tenant may use; nothing is known of one that is not onboarded."""

    async def set(self, tenant_id: UUID, quotas: Quotas) -> None:
        """Give a tenant other quotas. Fewer than it uses take nothing away, but let nothing be added."""

    async def headcount(self, tenant_id: UUID) -> Headcount | None:
        """How many people a tenant has of those it may have; nothing is known of one that is not onboarded."""


class Brands(Protocol):
    """How tenants look. Whoever saves holds the tenant's lock."""

    async def get(self, tenant_id: UUID) -> Brand | None:
        """A tenant's brand, if it has chosen one."""

    async def save(self, tenant_id: UUID, brand: Brand) -> None:
        """Keep a new or changed brand."""


class Domains(Protocol):
    """The domains that tenants claim. Whoever saves holds the tenant's lock."""

    async def get(self, tenant_id: UUID, domain: str) -> WebDomain | None:
        """A domain that the tenant claims."""

    async def all(self, tenant_id: UUID) -> Sequence[WebDomain]:
        """Every domain that the tenant claims, by name."""

    async def save(self, domain: WebDomain) -> None:
        """Keep it. Raises DomainTakenError when another tenant has proved it, however many do at once."""

    async def release(self, tenant_id: UUID) -> None:
        """Forget all that the tenant claims: another may prove them now."""


class IdentityLinks(Protocol):
    """The tenants' own identity providers. Whoever saves holds the tenant's lock."""

    async def get(self, tenant_id: UUID) -> IdentityLink | None:
        """The one that a tenant has linked."""

    async def save(self, link: IdentityLink) -> None:
        """Keep a new or changed link."""

    async def remove(self, tenant_id: UUID) -> None:
        """Forget it, if there is one."""
