"""What the use cases need from the outside, for adapters to provide and fakes to stand in for."""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from services.member.application.access_ports import (
    AccountChecks,
    Audit,
    MachineClients,
    OperatorAccesses,
)
from services.member.application.cooperative_ports import (
    AreaDirectory,
    Memberships,
    Municipalities,
    OfficialKeys,
    Reviews,
    TenantData,
)
from services.member.application.onboarding_ports import (
    Brands,
    Domains,
    IdentityLinks,
    Processes,
    QuotaBook,
)
from services.member.application.people_ports import (
    JobFamilies,
    OrgUnits,
    People,
    Records,
    ScimTokens,
)
from services.member.domain.tenant import Tenant
from shared.envelope import Outgoing


class Tenants(Protocol):
    """The tenants that the unit of work acts for."""

    async def add(self, tenant: Tenant) -> None:
        """Keep a new application. Raises OfficialKeyTakenError, however many apply at once."""

    async def get(self, tenant_id: UUID) -> Tenant | None:
        """A tenant as it is now, without a lock."""

    async def lock(self, tenant_id: UUID) -> Tenant | None:
        """A tenant that nobody else changes, nor its people, until the unit of work ends."""

    async def save(self, tenant: Tenant) -> None:
        """Keep what became of a locked tenant."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def tenants(self) -> Tenants:
        """The tenants."""

    @property
    def processes(self) -> Processes:
        """The way in and out."""

    @property
    def quotas(self) -> QuotaBook:
        """What each tenant may use."""

    @property
    def brands(self) -> Brands:
        """How tenants look."""

    @property
    def domains(self) -> Domains:
        """The domains that tenants claim."""

    @property
    def links(self) -> IdentityLinks:
        """The tenants' own identity providers."""

    @property
    def people(self) -> People:
        """The people."""

    @property
    def org_units(self) -> OrgUnits:
        """The units."""

    @property
    def job_families(self) -> JobFamilies:
        """The job families."""

    @property
    def scim_tokens(self) -> ScimTokens:
        """The tokens of the tenant's identity system."""

    @property
    def records(self) -> Records:
        """What people completed."""

    @property
    def account_checks(self) -> AccountChecks:
        """The people whose account's roles are to be written."""

    @property
    def machine_clients(self) -> MachineClients:
        """The machine clients."""

    @property
    def operator_accesses(self) -> OperatorAccesses:
        """The operators' accesses."""

    @property
    def audit(self) -> Audit:
        """What is written down for the tenant."""

    @property
    def areas(self) -> AreaDirectory:
        """The states and regions."""

    @property
    def memberships(self) -> Memberships:
        """The register of members."""

    @property
    def official_keys(self) -> OfficialKeys:
        """The keys over time."""

    @property
    def municipalities(self) -> Municipalities:
        """The official directory."""

    @property
    def reviews(self) -> Reviews:
        """Who has to be looked at."""

    @property
    def tenant_data(self) -> TenantData:
        """Everything that is kept of a tenant."""

    def publish(self, *events: Outgoing) -> None:
        """Have events leave with this transaction."""


#: Opens a unit of work that acts for some tenants; for work that takes several transactions.
OpenUnit = Callable[[Collection[UUID]], AbstractAsyncContextManager[UnitOfWork]]
