"""The ports in memory. What is kept is copied, so that only what is saved changes."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from uuid import UUID

from services.member.domain.brand import Brand
from services.member.domain.identity_link import IdentityLink
from services.member.domain.onboarding import Direction, Process
from services.member.domain.onboarding_errors import DomainTakenError
from services.member.domain.quota import Headcount, Quotas
from services.member.domain.web_domain import WebDomain
from shared.envelope import Outgoing
from tests.member.fakes_of_access import (
    FakeAccountChecks,
    FakeAudit,
    FakeMachineClients,
    FakeOperatorAccesses,
)
from tests.member.fakes_of_people import (
    FakeJobFamilies,
    FakeOrgUnits,
    FakePeople,
    FakeRecords,
    FakeScimTokens,
)
from tests.member.fakes_of_the_cooperative import (
    FakeAgreements,
    FakeAreas,
    FakeMemberships,
    FakeMunicipalities,
    FakeOfficialKeys,
    FakeReviews,
    FakeTenantData,
    FakeTenants,
)


class FakeProcesses:
    """Processes by tenant and direction, and how often a worker was woken."""

    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, Direction], Process] = {}
        self.begun = 0

    async def get(self, tenant_id: UUID, direction: Direction) -> Process | None:
        return deepcopy(self.kept.get((tenant_id, direction)))

    async def begin(self, process: Process) -> None:
        self.begun += 1
        await self.save(process)

    async def save(self, process: Process) -> None:
        self.kept[process.tenant_id, process.direction] = deepcopy(process)


class FakeQuotas:
    """Quotas by tenant, beside the people there are."""

    def __init__(self, people: FakePeople) -> None:
        self.people = people
        self.kept: dict[UUID, Quotas] = {}

    async def add(self, tenant_id: UUID, quotas: Quotas) -> None:
        self.kept.setdefault(tenant_id, quotas)

    async def get(self, tenant_id: UUID) -> Quotas | None:
        return self.kept.get(tenant_id)

    async def set(self, tenant_id: UUID, quotas: Quotas) -> None:
        self.kept[tenant_id] = quotas

    async def headcount(self, tenant_id: UUID) -> Headcount | None:
        quotas = self.kept.get(tenant_id)
        people = self.people.kept.values()
        present = sum(each.tenant_id == tenant_id and not each.has_left for each in people)
        return Headcount(present, quotas.people) if quotas else None


class FakeBrands:
    """Brands by tenant."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Brand] = {}

    async def get(self, tenant_id: UUID) -> Brand | None:
        return self.kept.get(tenant_id)

    async def save(self, tenant_id: UUID, brand: Brand) -> None:
        self.kept[tenant_id] = brand


class FakeDomains:
    """Claimed domains by tenant and name."""

    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, str], WebDomain] = {}

    async def get(self, tenant_id: UUID, domain: str) -> WebDomain | None:
        return deepcopy(self.kept.get((tenant_id, domain)))

    async def all(self, tenant_id: UUID) -> Sequence[WebDomain]:
        return [deepcopy(each) for key, each in sorted(self.kept.items()) if key[0] == tenant_id]

    async def save(self, domain: WebDomain) -> None:
        for other in self.kept.values():
            same = other.domain == domain.domain and other.tenant_id != domain.tenant_id
            if same and other.is_proved and domain.is_proved:
                raise DomainTakenError
        self.kept[domain.tenant_id, domain.domain] = deepcopy(domain)

    async def release(self, tenant_id: UUID) -> None:
        self.kept = {key: each for key, each in self.kept.items() if key[0] != tenant_id}


class FakeLinks:
    """Linked identity providers by tenant."""

    def __init__(self) -> None:
        self.kept: dict[UUID, IdentityLink] = {}

    async def get(self, tenant_id: UUID) -> IdentityLink | None:
        return self.kept.get(tenant_id)

    async def save(self, link: IdentityLink) -> None:
        self.kept[link.tenant_id] = link

    async def remove(self, tenant_id: UUID) -> None:
        self.kept.pop(tenant_id, None)


class FakeUnitOfWork:
    """Everything in memory, with what was published."""

    def __init__(self) -> None:
        self.tenants = FakeTenants()
        self.processes = FakeProcesses()
        self.brands = FakeBrands()
        self.domains = FakeDomains()
        self.links = FakeLinks()
        self.people = FakePeople()
        self.quotas = FakeQuotas(self.people)
        self.org_units = FakeOrgUnits()
        self.job_families = FakeJobFamilies()
        self.scim_tokens = FakeScimTokens()
        self.records = FakeRecords()
        self.account_checks = FakeAccountChecks()
        self.machine_clients = FakeMachineClients()
        self.operator_accesses = FakeOperatorAccesses()
        self.audit = FakeAudit()
        self.agreements = FakeAgreements()
        self.areas = FakeAreas()
        self.memberships = FakeMemberships()
        self.official_keys = FakeOfficialKeys()
        self.municipalities = FakeMunicipalities()
        self.reviews = FakeReviews(self.tenants)
        self.tenant_data = FakeTenantData(self.people)
        self.published: list[Outgoing] = []

    def publish(self, *events: Outgoing) -> None:
        self.published.extend(events)

    @asynccontextmanager
    async def opened(self, _tenants: Collection[UUID]) -> AsyncIterator["FakeUnitOfWork"]:
        yield self
